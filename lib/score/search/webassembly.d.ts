/**
 * The part of WebAssembly that scan.ts uses. TypeScript declares WebAssembly only in its browser
 * library.
 */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    constructor(limits: { initial: number; maximum: number });
    readonly buffer: ArrayBuffer;
    /** Adds zeroed pages of 64 KiB. Throws RangeError past the maximum. */
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, Memory>>);
    readonly exports: Record<string, unknown>;
  }
}

/**
 * The part of WebAssembly that int8-matrix.ts and int8-scan.ts use. TypeScript declares WebAssembly
 * only in its browser library.
 */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Memory {
    constructor(limits: { initial: number; maximum: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
    /**
     * Adds zeroed pages of 64 KiB. Throws RangeError past the maximum. Views of a shared memory
     * stay valid.
     */
    grow(pages: number): number;
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, Memory>>);
    readonly exports: Record<string, unknown>;
  }
}

const PAGE = 65_536;
/** Loads of 128 bits are fastest at multiples of 16 bytes. */
const ALIGNMENT = 16;

export type Kernel = (...numbers: number[]) => number;

/** A memory of WebAssembly that is divided once into parts, which stay where they are. */
export function memoryLayout() {
  const whole = new WebAssembly.Memory({ initial: 1, maximum: 4096 });
  let end = 0;
  /** Returns the address of `bytes` zeroed bytes. */
  function reserve(bytes: number): number {
    const at = end;
    end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    const missing = end - whole.buffer.byteLength;
    if (missing > 0) whole.grow(Math.ceil(missing / PAGE));
    return at;
  }
  return {
    whole,
    reserve,
    /** Returns the address of a copy of the values. */
    put(values: Float32Array | Float64Array | Int32Array): number {
      const at = reserve(values.byteLength);
      new Uint8Array(whole.buffer, at).set(
        new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      );
      return at;
    },
    /** A view that is valid until the next part is reserved. */
    floats: (at: number, length: number) => new Float32Array(whole.buffer, at, length),
  };
}

/** Returns the functions of a module in base64 that imports its memory. */
export function instantiate<Name extends string>(
  base64: string,
  memory: WebAssembly.Memory,
): Record<Name, Kernel> {
  const module = new WebAssembly.Module(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Record<Name, Kernel>;
}

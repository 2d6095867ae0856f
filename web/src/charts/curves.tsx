import { type Densities, density, type Normal } from "./densities.ts";

type Props = {
  densities: Densities;
  /** The ends of the horizontal axis, in scores. */
  from: number;
  to: number;
  x(score: number): number;
  /** The heights of the axis and of the highest point, in pixels. */
  base: number;
  top: number;
};

/** The genuine and the impostor density as areas over one axis. */
export function Curves({ densities, from, to, x, base, top }: Props) {
  const steps = Array.from({ length: 121 }, (_, i) => from + ((to - from) * i) / 120);
  const { genuine, impostor } = densities;
  const highest = Math.max(density(genuine, genuine.mean), density(impostor, impostor.mean));
  const height = (normal: Normal, score: number) => base - (density(normal, score) / highest) * (base - top);
  const area = (normal: Normal) => {
    const line = steps.map((score) => `${x(score).toFixed(1)},${height(normal, score).toFixed(1)}`);
    return `M${x(from).toFixed(1)},${base}L${line.join("L")}L${x(to).toFixed(1)},${base}Z`;
  };
  return (
    <>
      <path class="density impostor" d={area(impostor)} />
      <path class="density genuine" d={area(genuine)} />
    </>
  );
}

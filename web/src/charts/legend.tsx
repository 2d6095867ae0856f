type Props = { name: "genuine" | "impostor" | "mark"; text: string };

/** The meaning of a color in a chart. */
export const Legend = ({ name, text }: Props) => (
  <span class="legend">
    <span class={`key ${name}`} /> {text}
  </span>
);

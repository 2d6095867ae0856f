import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { Action } from "../state/use-load.ts";
import { t } from "../text/text.ts";
import { ProblemNotice } from "./notice.tsx";

type Props = {
  title: string;
  /** The label of the button that does it. */
  doing: string;
  danger?: boolean;
  action: Action;
  onDo(): void;
  onClose(): void;
  children: ComponentChildren;
};

/** Asks before something that can't be undone. Escape and Cancel close it. */
export function Confirm({ title, doing, danger, action, onDo, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          onDo();
        }}
      >
        <h2 id={id}>{title}</h2>
        {children}
        <ProblemNotice problem={action.problem} />
        <div class="actions end">
          <button type="button" onClick={() => dialog.current?.close()}>
            {t("dialog.cancel")}
          </button>
          <button type="submit" class={danger ? "danger" : "primary"} disabled={action.busy}>
            {doing}
          </button>
        </div>
      </form>
    </dialog>
  );
}

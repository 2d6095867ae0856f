import { useRef, useState } from "preact/hooks";
import type { Problem } from "../api/client.ts";
import type { EnrollmentReply, SpeakerReply } from "../api/types.ts";
import type { AudioClip } from "../audio/clip.ts";
import { useConsole } from "../state/context.ts";
import { problemFrom } from "../state/use-load.ts";
import { type EnrollOptions, enrollClip } from "./enroll-clip.ts";

export type SentClip = {
  number: number;
  clip: AudioClip;
  state: "sending" | "enrolled" | "refused";
  enrolled?: EnrollmentReply["clips"][number] | undefined;
  problem?: Problem | undefined;
};

type Enrollment = {
  /** Undefined until a clip was enrolled. */
  speaker: SpeakerReply | undefined;
  /** Newest first. */
  clips: readonly SentClip[];
  send(clip: AudioClip): void;
  /** Sends a clip again that doesn't sound like the speaker's others. */
  force(sent: SentClip): void;
};

/** Sends clips one after another, in the order in which they were recorded. */
export function useEnrollment(id: string, options: EnrollOptions): Enrollment {
  const { api } = useConsole();
  const [speaker, setSpeaker] = useState<SpeakerReply>();
  const [clips, setClips] = useState<readonly SentClip[]>([]);
  const queue = useRef(Promise.resolve());
  const numbered = useRef(0);
  const change = (number: number, changes: Partial<SentClip>) =>
    setClips((all) => all.map((one) => (one.number === number ? { ...one, ...changes } : one)));
  const enqueue = (number: number, clip: AudioClip, forced: boolean) => {
    queue.current = queue.current.then(() =>
      enrollClip(api, id, clip, { ...options, force: forced }).then(
        (reply) => {
          setSpeaker(reply.speaker);
          change(number, { state: "enrolled", enrolled: reply.clips[0] });
        },
        (error) => change(number, { state: "refused", problem: problemFrom(error) }),
      ),
    );
  };
  return {
    speaker,
    clips,
    send(clip) {
      numbered.current += 1;
      const number = numbered.current;
      setClips((all) => [{ number, clip, state: "sending" }, ...all]);
      enqueue(number, clip, false);
    },
    force({ number, clip }) {
      change(number, { state: "sending", problem: undefined });
      enqueue(number, clip, true);
    },
  };
}

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { type Api, apiWith } from "../api/client.ts";
import type { CalibrationReply, KeyReply } from "../api/types.ts";

type Console = {
  api: Api;
  /** The calibration in force. Undefined while it loads, or if the key may not read it. */
  calibration: CalibrationReply | undefined;
  /** The key of this session. Undefined while it loads. */
  own: KeyReply | undefined;
  /** Reads the calibration in force again, after another one was activated. */
  reloadCalibration(): void;
};

export const ConsoleContext = createContext<Console>({
  api: apiWith(""),
  calibration: undefined,
  own: undefined,
  reloadCalibration: () => {},
});

export const useConsole = (): Console => useContext(ConsoleContext);

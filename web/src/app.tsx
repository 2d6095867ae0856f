import { useMemo, useState } from "preact/hooks";
import { apiWith } from "./api/client.ts";
import type { CalibrationListReply, CalibrationReply, OwnKeyReply } from "./api/types.ts";
import { page } from "./pages/pages.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { Shell } from "./parts/shell.tsx";
import { ConsoleContext } from "./state/context.ts";
import { useRoute } from "./state/route.ts";
import { forgetKey, storedKey, storeKey } from "./state/session.ts";
import { useLoad } from "./state/use-load.ts";
import { currentLanguage, type Language, rememberLanguage, setLanguage } from "./text/text.ts";

/** Sign-in until there is a key, then the pages. */
export function App() {
  const [key, setKey] = useState(storedKey);
  const [refused, setRefused] = useState(false);
  const [language, choose] = useState(currentLanguage);
  const changeLanguage = (chosen: Language) => {
    setLanguage(chosen);
    rememberLanguage(chosen);
    choose(chosen);
  };
  const signIn = (given: string, keep: boolean) => {
    if (keep) storeKey(given);
    setRefused(false);
    setKey(given);
  };
  const signOut = () => {
    forgetKey();
    setKey(undefined);
  };
  const refuse = () => {
    setRefused(true);
    signOut();
  };
  if (key === undefined)
    return <SignIn refused={refused} language={language} onLanguage={changeLanguage} onKey={signIn} />;
  return (
    <SignedIn
      apiKey={key}
      language={language}
      onLanguage={changeLanguage}
      onSignOut={signOut}
      onRefused={refuse}
    />
  );
}

type SignedInProps = {
  apiKey: string;
  language: Language;
  onLanguage(language: Language): void;
  onSignOut(): void;
  onRefused(): void;
};

function SignedIn({ apiKey, language, onLanguage, onSignOut, onRefused }: SignedInProps) {
  const route = useRoute();
  const api = useMemo(() => apiWith(apiKey, onRefused), [apiKey]);
  const { value: calibration, reload } = useLoad(async () => {
    const { calibrations } = await api.call<CalibrationListReply>("/calibrations");
    const active = calibrations.find((one) => one.active);
    return active && api.call<CalibrationReply>(`/calibrations/${active.id}`);
  }, [api]);
  const { value: own } = useLoad(() => api.call<OwnKeyReply>("/keys/self"), [api]);
  return (
    <ConsoleContext.Provider value={{ api, calibration, own: own?.key, reloadCalibration: reload }}>
      <Shell route={route} language={language} onLanguage={onLanguage} onSignOut={onSignOut}>
        {page(route)}
      </Shell>
    </ConsoleContext.Provider>
  );
}

import { personReport } from "../../lib/domain/report/person.ts";
import { PersonReport } from "../../lib/schema/person-report.ts";
import { speakerIdOf } from "../http/body/schema.ts";
import { noFields } from "../http/input.ts";
import { route } from "../http/route.ts";

export const personReportRoute = route(
  {
    operationId: "reportSpeaker",
    summary: "Report everything that is held about a person: the answer to an access request",
    details: "`voiceroll speakers report` writes it with the recordings.",
    tag: "Consents",
    method: "get",
    path: "/speakers/{id}/report",
    scope: "audit:read",
    problems: ["speaker-not-found"],
    input: noFields,
    reply: { description: "The report", schema: PersonReport },
  },
  (services, { registry, param }) =>
    personReport(services, { registry, speakerId: speakerIdOf(param("id")) }),
);

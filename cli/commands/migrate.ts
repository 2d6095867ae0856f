import type { Command } from "commander";
import { addMigrateAzure } from "./migrate-azure.ts";
import { addMigrateVoiceId } from "./migrate-voice-id.ts";

export function addMigrate(program: Command): void {
  const migrate = program
    .command("migrate")
    .description("enroll the recordings that you kept of another service; run it again to resume");
  addMigrateVoiceId(migrate);
  addMigrateAzure(migrate);
}

import type { Command } from "commander";
import { say } from "../print.ts";

export function addOpenapi(program: Command): void {
  program
    .command("openapi")
    .description("print the OpenAPI 3.1 document of the HTTP interface")
    .action(async () => {
      const { openApiDocument } = await import("../../functions/openapi.ts");
      say(JSON.stringify(openApiDocument(), undefined, 2));
    });
}

import type { Command } from "commander";
import { print } from "../print.ts";

export function addOpenapi(program: Command): void {
  program
    .command("openapi")
    .description("print the OpenAPI 3.1 document of the HTTP API")
    .action(async () => {
      const { openApiDocument } = await import("../../functions/openapi.ts");
      print(JSON.stringify(openApiDocument(), undefined, 2));
    });
}

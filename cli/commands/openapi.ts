import type { Command } from "commander";
import { print } from "../print.ts";

export function addOpenapi(program: Command): void {
  program
    .command("openapi")
    .description("print the OpenAPI 3.1 document of the HTTP API")
    .option(
      "--compat",
      "print that of /compat, for clients of Azure Speaker Recognition and Amazon Connect Voice ID",
    )
    .action(async ({ compat }: { compat?: boolean }) => {
      const document = compat
        ? (await import("../../functions/compat-openapi.ts")).compatDocument()
        : (await import("../../functions/openapi.ts")).openApiDocument();
      print(JSON.stringify(document, undefined, 2));
    });
}

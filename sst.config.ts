/// <reference path="./.sst/platform/config.d.ts" />

/** `npx sst@4.17.1 deploy --stage production`; docs/deploy.md is the way from an empty account to here. */
export default $config({
  app({ stage }) {
    const production = stage === "production";
    return {
      name: "voiceroll",
      home: "aws",
      // Table and bucket outlive `sst remove`; the key does too (infra/key.ts).
      removal: production ? "retain" : "remove",
      protect: production,
      providers: { aws: { version: "7.20.0", defaultTags: { tags: { app: "voiceroll", stage } } } },
    };
  },
  async run() {
    const { voiceroll } = await import("./infra/voiceroll.ts");
    return voiceroll();
  },
});

/// <reference path="./.sst/platform/config.d.ts" />

/**
 * Deploy with `npm run deploy -- --stage production`. docs/deploy.md describes the steps from
 * an empty account.
 */
export default $config({
  app({ stage }) {
    // As in infra/stage.ts: SST forbids imports here.
    const disposable = /^(dev|test)$|^(dev|test|pr)-/.test(stage);
    return {
      name: "voiceroll",
      home: "aws",
      // `sst remove` keeps the table and the bucket of every stage that is not disposable.
      // infra/key.ts keeps the key.
      removal: disposable ? "remove" : "retain",
      protect: !disposable,
      providers: { aws: { version: "7.20.0", defaultTags: { tags: { app: "voiceroll", stage } } } },
    };
  },
  async run() {
    const { voiceroll } = await import("./infra/voiceroll.ts");
    return voiceroll();
  },
});

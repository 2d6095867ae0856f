/** What the sst command lays under a configuration: its globals. They are looked up when components are made, not before. */
import * as provider from "@pulumi/aws";
import * as components from "#platform/components";
// @ts-expect-error: the platform ships this one without types.
import * as shim from "#platform/shim/run";

Object.assign(globalThis, shim, { aws: provider, sst: components });

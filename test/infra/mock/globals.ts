/**
 * Defines the globals that the sst command provides. Components read them when they are created.
 */
import * as provider from "@pulumi/aws";
import * as components from "#platform/components";
// @ts-expect-error: the platform ships this one without types.
import * as shim from "#platform/shim/run";

Object.assign(globalThis, shim, { aws: provider, sst: components });

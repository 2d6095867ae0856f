import type { Command } from "commander";
import { audited } from "../../lib/domain/audit/record.ts";
import {
  changeMembers,
  deleteGroup,
  groupMembers,
  listGroups,
  putGroup,
  readGroup,
  setMembers,
} from "../../lib/domain/speaker/group.ts";
import type { GroupId, RegistryId, SpeakerId } from "../../lib/id.ts";
import type { Services } from "../../lib/ports/services.ts";
import type { GroupView } from "../../lib/schema/speaker.ts";
import { allPages } from "../all-pages.ts";
import { type Globals, groupId, speakerId } from "../options.ts";
import { print, printJson, printJsonLines, table } from "../print.ts";
import { inRegistry } from "../services.ts";
import { t } from "../text/language.ts";

export function addGroups(program: Command): void {
  const groups = program.command("groups").description("manage named sets of speakers to search within");
  addList(groups);
  addMembers(groups);
  addRename(groups);
  addChanges(groups);
  addDelete(groups);
}

function addList(groups: Command): void {
  groups
    .command("list")
    .description("list the groups in order of ID")
    .action(async (_own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const views = await inRegistry(options, "none", (services, { registryId }) =>
        allPages((page) => listGroups(services, { registryId, ...page })),
      );
      if (options.json) return printJsonLines(views);
      const rows = views.map(({ id, members, name }) => [id, String(members), name ?? ""]);
      print(table([[t`group`, t`members`, t`name`], ...rows], [false, true]));
    });
}

function addMembers(groups: Command): void {
  groups
    .command("show")
    .description("list the members of a group")
    .argument("<group>", "the group's ID", groupId)
    .action(async (id: GroupId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      const shown = await inRegistry(options, "none", async (services, { registryId }) => {
        const key = { registryId, groupId: id };
        return { ...(await readGroup(services, key)), speakers: await groupMembers(services, key) };
      });
      if (options.json) return printJson(shown);
      for (const speaker of shown.speakers) print(speaker);
    });
}

function addRename(groups: Command): void {
  groups
    .command("rename")
    .description("create a group, or change its name")
    .argument("<group>", "the group's ID", groupId)
    .argument("<name>", 'display name; "" removes it')
    .action((id: GroupId, name: string, _own, command: Command) =>
      change(command, id, "putGroup", (services, key) =>
        putGroup(services, { ...key, name: name === "" ? null : name }),
      ),
    );
}

function addChanges(groups: Command): void {
  const one = (verb: string, description: string) =>
    groups
      .command(verb)
      .description(description)
      .argument("<group>", "the group's ID", groupId)
      .argument("<speakers...>", "IDs of speakers", (text, before: SpeakerId[] = []) => [
        ...before,
        speakerId(text),
      ]);
  one("set", "replace the members of a group, creating the group if needed").action(
    (id: GroupId, speakers: SpeakerId[], _own, command: Command) =>
      change(command, id, "putGroupMembers", (services, key) => setMembers(services, { ...key, speakers })),
  );
  one("add", "add members to a group").action((id: GroupId, add: SpeakerId[], _own, command: Command) =>
    change(command, id, "changeGroupMembers", (services, key) => changeMembers(services, { ...key, add })),
  );
  one("remove", "remove members from a group; they stay in the registry").action(
    (id: GroupId, remove: SpeakerId[], _own, command: Command) =>
      change(command, id, "changeGroupMembers", (services, key) =>
        changeMembers(services, { ...key, remove }),
      ),
  );
}

function addDelete(groups: Command): void {
  groups
    .command("delete")
    .description("delete a group; its members stay in the registry")
    .argument("<group>", "the group's ID", groupId)
    .action(async (id: GroupId, _own, command: Command) => {
      const options = command.optsWithGlobals<Globals>();
      await inRegistry(options, "none", (services, { registryId }) =>
        audited(services, { registryId, operation: "deleteGroup" }, () =>
          deleteGroup(services, { registryId, groupId: id }),
        ),
      );
      if (options.json) return printJson({ id, deleted: true });
      print(t`${id}: deleted`);
    });
}

/** Changes a group, notes the change in the audit log, and prints the group. */
async function change(
  command: Command,
  id: GroupId,
  operation: string,
  work: (services: Services, key: { registryId: RegistryId; groupId: GroupId }) => Promise<GroupView>,
): Promise<void> {
  const options = command.optsWithGlobals<Globals>();
  const view = await inRegistry(options, "none", (services, { registryId }) =>
    audited(services, { registryId, operation }, () => work(services, { registryId, groupId: id })),
  );
  if (options.json) return printJson(view);
  print(`${view.id}: ${view.members === 1 ? t`1 member` : t`${view.members} members`}`);
}

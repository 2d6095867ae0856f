#!/bin/sh
# Puts into FOLDER what the container image has under /app: the server, the command line, the bundled
# model, the sample clips of the console, and the packages that they load. Needs Node 20 or newer
# with npm. The Dockerfile and test/operate run it.
#
# ARCHITECTURE, such as arm64: for a machine of another kind than this one.
set -eu
folder=${1:?usage: stage.sh FOLDER [ARCHITECTURE]}
architecture=${2:-}
cd "$(dirname "$0")/../.."
mkdir -p "$folder/models" "$folder/infra/image" "$folder/clients/typescript"
cp -R LICENSE NOTICE package.json package-lock.json .npmrc cli functions lib samples "$folder"
# `voiceroll mcp` calls a server by the TypeScript client.
cp -R clients/typescript/package.json clients/typescript/src "$folder/clients/typescript"
cp -R models/catalog.json models/ecapa-c256 models/vad "$folder/models"
cp infra/image/health.ts infra/image/create-stores.ts "$folder/infra/image"
cp infra/build/prune.ts "$folder"
cd "$folder"
npm ci --omit=dev --no-progress
node_modules/.bin/node prune.ts --root . ${architecture:+--arch "$architecture"}
rm prune.ts
if [ -n "$architecture" ]; then
  # The package `node` installs the program for the machine on which npm runs.
  package=node-linux-$architecture
  version=$(node_modules/.bin/node -p process.versions.node)
  temporary=$(mktemp -d)
  npm install --prefix "$temporary" --no-save --force --no-progress --cpu="$architecture" "$package@$version"
  mv -f "$temporary/node_modules/$package/bin/node" node_modules/node/bin/node
  rm -r "$temporary"
fi

# The server with its bundled model. Builds for amd64 and arm64, each on a machine of that kind or by
# `docker buildx build --platform linux/amd64,linux/arm64 .`; no stage is specific to one of them.
FROM node:24-bookworm-slim AS build
WORKDIR /source
COPY . .
RUN infra/image/stage.sh /app && mkdir /data

# The C and C++ libraries that Node and onnxruntime load; no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /app /app
COPY --from=build --chown=65532:65532 /data /data
WORKDIR /app
ENV PATH=/app/node_modules/.bin NODE_ENV=production HOST=0.0.0.0 PORT=7999 VOICEROLL_DATA=/data
USER 65532:65532
VOLUME /data
EXPOSE 7999
HEALTHCHECK --start-period=20s CMD ["node", "infra/image/health.ts"]
ENTRYPOINT ["node"]
CMD ["--max-semi-space-size=2", "functions/local.ts"]

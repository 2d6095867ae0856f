import type { recordHelp } from "./records.ts";
import type { Help } from "./types.ts";

export const zhRecordHelp: Readonly<Record<keyof typeof recordHelp, Help>> = {
  "calibration-mismatch": {
    meaning: "该校准是用与当前不同的模型或队列得出的，其阈值不适用于现在的得分。",
    remedy: "请重新校准，或先启用 `detail` 中指明的队列。",
  },
  "calibration-not-found": {
    meaning: "此注册库中没有这个 ID 的校准。",
    remedy: "请使用 `GET /calibrations` 列出的 ID。",
  },
  "clip-limit-reached": {
    meaning: "注册后该说话人的音频会超过 50 段。",
    remedy: "请删除不再需要的音频，然后重新注册。",
  },
  "clip-not-found": {
    meaning: "该说话人没有这个 ID 的音频，或注册该音频时没有存储录音。",
    remedy: "请使用 `GET /speakers/{id}/clips` 列出的音频；如果需要播放，请选择存有录音的音频。",
  },
  "candidate-conflict": {
    meaning: "这些声音不可能是同一个人：它们出现在同一段录音中、名字不同，或有人指出它们是不同的人。",
    remedy:
      "请查看它们出现的位置（`GET /candidates/{candidateId}`），拆出属于他人的部分。`force` 只能推翻人工的否认。",
  },
  "candidate-not-found": {
    meaning: "没有这个 ID 的候选声音：它已被删除、并入其他候选声音，或已过期。",
    remedy: "请使用 `GET /candidates` 列出的 ID。",
  },
  "challenge-invalid": {
    meaning: "该挑战已过期（两分钟后失效）、已被使用，或属于其他说话人或其他 API 密钥。",
    remedy: "请用 `POST /challenges` 获取新的挑战，并重新录音。",
  },
  "challenge-required": {
    meaning: "此注册库只接受念出刚刚选定的数字的录音来验证本人。",
    remedy: "请用 `POST /challenges` 获取挑战，并将其作为 `challenge` 与录音一起发送。",
  },
  "cohort-clips-unfit": {
    meaning: "部分音频不能用于队列，例如其中的语音太少。没有生成队列。",
    remedy: "请替换或移除 `errors` 列出的音频，然后重新开始任务。",
  },
  "cohort-mismatch": {
    meaning: "该队列不是用此服务当前运行的模型生成的。",
    remedy: "请用当前模型生成新的队列。",
  },
  "cohort-not-found": {
    meaning: "此注册库中没有这个 ID 的队列。",
    remedy: "请使用 `GET /cohorts` 列出的 ID。",
  },
  "cohort-too-small": {
    meaning: "队列中的声音太少，或在删除其他声音之后剩下的太少。",
    remedy: "请用更多人的音频生成队列，或加入随模型提供的队列。",
  },
  "consent-limit-reached": {
    meaning: "该说话人已有 50 条知情同意记录，这是每个说话人的上限。",
    remedy: "请删除该说话人后重新注册，或不要为每次使用都登记同意。",
  },
  "consent-not-found": {
    meaning: "该说话人没有这个 ID 的知情同意记录。",
    remedy: "请使用 `GET /speakers/{id}/consents` 列出的 ID。",
  },
  "consent-required": {
    meaning:
      "没有允许此用途的本人同意：此注册库只在有 `consent` 时注册，或此用途需要已登记的同意，或本人已撤回同意。",
    remedy: "请取得本人的同意，在注册时发送 `consent`，或用 `POST /speakers/{id}/consents` 登记。",
  },
  "decision-not-found": {
    meaning: "没有存储这个 ID 的判定。判定默认保留 90 天。",
    remedy: "请使用 `GET /decisions` 列出的 ID。",
  },
  "file-changed": {
    meaning: "任务读取 URI 处的文件时，文件被替换或删除了。",
    remedy: "请在任务完成之前不要改动文件，并重新开始任务。",
  },
  "file-not-allowed": {
    meaning: "任务只按 URI 读取服务管理员所允许的前缀之下的文件，链接也不能指向前缀之外。",
    remedy: "请将文件移到允许的前缀之下，或请管理员将其前缀加入 `VOICEROLL_FILE_PREFIXES`。",
  },
  "file-not-found": {
    meaning: "此 URI 处没有文件，或服务无权读取：S3 不总是说明是哪一种。已归档的对象也无法读取。",
    remedy: "请检查 URI（区分大小写），以及文件或存储桶的权限。",
  },
  "file-too-large": {
    meaning: "URI 处的文件最大为 256 MiB。",
    remedy: "请拆分文件，或以压缩格式存储音频。",
  },
  "group-not-found": {
    meaning: "此注册库中没有这个 ID 的分组。",
    remedy: "请使用 `GET /groups` 列出的 ID，或用 `PUT /groups/{id}` 创建分组。",
  },
  "job-not-found": {
    meaning: "此注册库中没有这个 ID 的任务。任务在 30 天后删除。",
    remedy: "请使用 `GET /jobs` 列出的 ID。",
  },
  "key-not-found": {
    meaning: "此注册库中没有这个 ID 的 API 密钥。",
    remedy: "请使用 `GET /keys` 列出的 ID（`key_...`），而不是密钥本身（`vr_...`）。",
  },
  "model-mismatch": {
    meaning: "该说话人的声纹或待比对的声纹向量由其他模型生成。两个模型的向量不能比较，因此没有得分。",
    remedy:
      "对于声纹，如果存有录音，请运行 `voiceroll models reembed`；否则请重置该说话人并重新注册。" +
      "对于声纹向量，请用 `POST /embeddings` 从录音重新提取。",
  },
  "speaker-exists": {
    meaning: "此注册库中已有这个 ID 的说话人。",
    remedy: "请选择其他 ID，或用 `PATCH /speakers/{id}` 修改现有的说话人。",
  },
  "speaker-expired": {
    meaning: "该说话人的保留期已过，下一次清理时会被删除。",
    remedy: "请先用 `DELETE /speakers/{id}` 删除该说话人，再重新注册。",
  },
  "speaker-not-enrolled": {
    meaning: "该说话人存在，但没有音频，因此没有可以比较的声纹。",
    remedy: "请用 `POST /speakers/{id}/enroll` 注册至少一段音频。",
  },
  "speaker-not-found": {
    meaning: "此注册库中没有这个 ID 的说话人。已删除或已到期的说话人以及其他注册库的说话人也会得到此答复。",
    remedy: "请检查 ID（区分大小写）；如果是新的说话人，请先注册。",
  },
  "speaker-opted-out": {
    meaning: "本人已拒绝，因此服务既不注册也不比较其声音。",
    remedy: "请尊重本人的选择；如果本人撤回拒绝，请用 `DELETE /speakers/{id}/opt-out` 解除。",
  },
  "too-few-trials": {
    meaning: "音频能组成的比对太少，无法可靠地测量错误率。",
    remedy: "请按 `detail` 所说的数目再注册一些说话人，每位至少两段音频，然后重新校准。",
  },
  "upload-changed": {
    meaning: "服务读取上传的文件时，文件被替换了。",
    remedy: "请在没有其他程序写入该上传时重新发送请求。",
  },
  "upload-checksum-mismatch": {
    meaning: "上传的文件与事先声明的大小或 SHA-256 校验和不符。",
    remedy: "请用文件的实际值创建新的上传，并重新发送文件。",
  },
  "upload-consumed": {
    meaning: "该上传已被使用，或正被另一个请求使用。一个上传只能使用一次；到达后自动注册的上传不能另作他用。",
    remedy: "请创建新的上传，并重新发送文件。",
  },
  "upload-expired": {
    meaning: "该上传在文件到达之前已过期。",
    remedy: "请创建新的上传，并在其 `expiresAt` 之前发送文件。",
  },
  "upload-incomplete": {
    meaning: "上传已创建，但文件尚未到达。",
    remedy: "请先将文件发送到该上传的网址，再重复请求。",
  },
  "upload-not-found": {
    meaning: "此注册库中没有这个 ID 的上传。上传在一天后删除。",
    remedy: "请创建新的上传，并重新发送文件。",
  },
  "webhook-limit-reached": {
    meaning: "此注册库已有 10 个 webhook，达到上限。",
    remedy: "请删除不再需要的 webhook，或由您自己的服务器转发事件。",
  },
  "webhook-not-found": {
    meaning: "此注册库中没有这个 ID 的 webhook。",
    remedy: "请使用 `GET /webhooks` 列出的 ID（`whk_...`）。",
  },
  "version-mismatch": {
    meaning: "在您读取之后，另一个请求修改了该说话人，因此 `If-Match` 不符。没有作任何更改。",
    remedy: "请重新读取该说话人，并在 `If-Match` 中用新的 `ETag` 重复更改。",
  },
};

import type { requestHelp } from "./requests.ts";
import type { Help } from "./types.ts";

export const zhRequestHelp: Readonly<Record<keyof typeof requestHelp, Help>> = {
  "body-too-large": {
    meaning:
      "请求内容超过此接口的上限：有音频时为 4.4 MiB，没有音频的 JSON 通常为 64 KiB。" +
      "字段或元素过多的 JSON 也会被拒绝。",
    remedy: "请用 `POST /uploads` 上传大文件，并将很长的列表分成几个请求。",
  },
  "deadline-exceeded": {
    meaning: "服务没有及时完成请求。处理仍可能完成。",
    remedy: "请用相同的 `Idempotency-Key` 重复请求；如果已有结果，就会返回该结果。",
  },
  "dependency-unavailable": {
    meaning: "此服务所依赖的服务（例如数据库）出错或已满负荷。",
    remedy: "请等待 `Retry-After` 所说的秒数，再用相同的 `Idempotency-Key` 重复请求。",
  },
  "embeddings-off": {
    meaning:
      "此注册库既不提供声纹向量，也不接受以声纹向量作为待比对的音频。两者默认关闭，" +
      "因为声纹向量能识别一个人，并可代替录音使用。",
    remedy:
      "请改为发送录音。若要允许声纹向量，请用 `PATCH /registry` 或 `voiceroll registry set --embeddings yes` " +
      "设置 `embeddings`。",
  },
  "empty-body": {
    meaning: "请求内容或其中的音频文件没有任何字节。",
    remedy: "请确认文件不是空的，并且您的客户端确实发送了它。",
  },
  "headers-too-large": {
    meaning: "请求头合计超过 16 KiB。",
    remedy: "请去掉服务不需要的请求头，例如 cookie。",
  },
  "idempotency-in-progress": {
    meaning: "使用此 `Idempotency-Key` 的第一个请求仍在处理。",
    remedy: "请在 `Retry-After` 所说的秒数之后重复请求，届时会得到第一个请求的答复。",
  },
  "idempotency-key-invalid": {
    meaning: "`Idempotency-Key` 不是 1 到 255 个可打印的 ASCII 字符。",
    remedy: "请发送随机 UUID 之类的值。",
  },
  "idempotency-key-reused": {
    meaning: "此 `Idempotency-Key` 在过去 24 小时内已用于另一个请求。没有作任何更改。",
    remedy: "请为每个新请求使用新的值，只在原样重复请求时使用相同的值。",
  },
  "identify-attempts-exhausted": {
    meaning: "此调用方连续多次检索都没有匹配，服务因此暂停其检索，以减缓猜测。",
    remedy: "请等待 `Retry-After` 所说的秒数，并为每个人或每台设备发送 `Caller-Id`，以便分别计数。",
  },
  "insufficient-scope": {
    meaning: "API 密钥或令牌有效，但不允许此请求。",
    remedy: "请使用具有 `detail` 中所说权限的密钥。",
  },
  "internal-error": {
    meaning: "服务发生了意外错误。原因在服务的日志中，不在答复中。",
    remedy: "请重复一次请求；如果再次失败，请将请求的 ID（`instance`）告诉服务的管理员。",
  },
  "invalid-cursor": {
    meaning: "分页位置被改动、已过期，或属于另一个列表。",
    remedy: "请不带 `cursor` 重新请求第一页。",
  },
  "malformed-json": {
    meaning: "请求内容不是服务接受的 JSON：UTF-8、没有字节顺序标记、最多 16 层、没有重复的名称。",
    remedy: "请用 JSON 库生成请求内容，并查看 `detail` 指出的位置。",
  },
  "malformed-multipart": {
    meaning: "multipart 请求内容无法解析，或应为文件的部分没有文件名。",
    remedy: "请让 HTTP 库生成表单并设置 `Content-Type`，其中包含分隔符。",
  },
  "method-not-allowed": {
    meaning: "此路径存在，但不支持此方法。",
    remedy: "请使用答复的 `Allow` 头中的方法。",
  },
  "model-unavailable": {
    meaning: "说话人模型没有加载，服务无法处理音频。其他请求可以正常处理。",
    remedy: "请在 `Retry-After` 所说的秒数之后重试；如果持续如此，管理员可在日志中找到原因。",
  },
  "not-acceptable": {
    meaning: "`Accept` 头不接受 `application/json`，而答复正是此媒体类型。",
    remedy: "请发送 `Accept: application/json`，或不发送 `Accept` 头。",
  },
  "origin-not-allowed": {
    meaning: "请求来自一个网页，部署虽然允许其来源，但注册库的 `corsOrigins` 中没有它。",
    remedy: "请用 `PATCH /registry` 将网页的来源加入注册库，或从您自己的服务器发送请求。",
  },
  overloaded: {
    meaning: "服务正在处理的音频已达上限。此请求没有产生任何作用。",
    remedy: "请在 `Retry-After` 所说的秒数之后重复请求，每次被拒绝后等待更久。",
  },
  "quota-exceeded": {
    meaning: "此 API 密钥一天（UTC）可发送的音频秒数已用完。",
    remedy: "请等到 UTC 零点，或请管理员用 `voiceroll keys set KEY --audio-seconds-per-day` 提高上限。",
  },
  "rate-limited": {
    meaning: "此 API 密钥在 60 秒内发送的请求已达注册库的上限。",
    remedy: "请等待 `Retry-After` 所说的秒数；`RateLimit` 头说明还剩多少请求。",
  },
  "route-not-found": {
    meaning: "服务没有这样的接口，或此部署不提供它。",
    remedy: "请对照 `GET /docs` 的参考文档检查路径。",
  },
  "storage-unavailable": {
    meaning: "服务器无法读写数据：磁盘已满、权限不对，或另一个进程锁住了数据库。",
    remedy: "请稍后重复请求；管理员应检查磁盘和服务器的日志。",
  },
  "tenant-suspended": {
    meaning: "管理员已停用此注册库，其间它的所有密钥都不能使用。",
    remedy: "请联系服务的管理员。",
  },
  unauthorized: {
    meaning: "没有 API 密钥或令牌，或它未知、已过期、已撤销。",
    remedy: "请在请求头而不是网址中发送有效的密钥：`Authorization: Bearer vr_...`。",
  },
  "unsupported-content-encoding": {
    meaning: "请求带有 `Content-Encoding`，而服务不接受压缩的请求内容。",
    remedy: "请发送未压缩的请求内容，并去掉此请求头。",
  },
  "unsupported-media-type": {
    meaning: "此接口不接受请求内容的 `Content-Type`。",
    remedy: "请以 `application/json` 发送 JSON，以 `multipart/form-data` 发送表单，以 `audio/*` 发送录音。",
  },
  "upgrade-required": {
    meaning: "此接口是 WebSocket，但请求是普通请求，或者服务在 AWS 上以函数运行。",
    remedy: "请用 WebSocket 客户端通过 ws:// 或 wss:// 连接您自己的服务器。",
  },
  "uri-too-long": {
    meaning: "网址连同查询部分超过 8 KiB。",
    remedy: "请在请求内容中而不是在查询中发送字段。",
  },
  "validation-failed": {
    meaning: "请求可以解析，但有字段缺失、未知或值无效。",
    remedy: "请更正 `errors` 或 `detail` 中指出的字段。",
  },
  "verify-attempts-exhausted": {
    meaning: "对该说话人的验证连续多次未通过，服务因此暂停验证，以减缓猜测。",
    remedy:
      "请等待 `Retry-After` 所说的秒数；如果已用其他方式确认本人，可用 `POST /speakers/{id}/unlock` 结束暂停。",
  },
  "write-contention": {
    meaning: "其他请求不断更改同一数据，因此无法存储此更改。",
    remedy: "请用相同的 `Idempotency-Key` 重复请求，并减少同时对一位说话人的更改。",
  },
};

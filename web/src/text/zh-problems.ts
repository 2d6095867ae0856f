import type { enProblems } from "./en-problems.ts";

export const zhProblems: Record<keyof typeof enProblems, string> = {
  "problem.more": "问题说明与解决办法（英文）",
  "problem.other": "请求失败",
  "problem.unreachable": "无法连接服务器",
  "problem.unreachable.do": "请确认服务正在运行且网络已连接，然后重试。",
  "problem.console": "此页面出现错误",
  "problem.unauthorized": "服务器不接受此密钥",
  "problem.unauthorized.do": "请确认已复制完整的密钥，且密钥没有被撤销。",
  "problem.insufficient-scope": "此密钥没有相应权限",
  "problem.insufficient-scope.do": "请使用具有该权限的密钥登录，或在“密钥”页面新建一个。",
};

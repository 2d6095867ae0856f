import { definition, source } from "./explanation.ts";

/** Chinese has no spaces between sentences. */
const explained = (term: string, ...sentences: string[]) => definition(term, sentences.join(""));

/** `EXPLANATION` in Chinese. */
export const EXPLANATION_ZH = `<dl>
${[
  explained(
    "EER",
    "误识率（FAR，异人比对被接受的比例）与拒识率（FRR，同人比对被拒绝的比例）相等时的错误率。",
    "得分达到阈值的比对即被接受。两者都是比对的比例，即 ISO/IEC 19795-1 所说的 FMR 和 FNMR。",
    "无法提取声纹的音频会列出并排除：它们是采集失败（FTA）。",
  ),
  explained(
    "minDCF",
    "先验为同人比对的比例、两种错误代价相同时，任何阈值所能达到的最低代价。",
    "它除以全部接受和全部拒绝之中较低的代价，因此 1 表示不比忽略音频更好（NIST SRE 2016 评测计划）。",
  ),
  explained(
    "Cllr",
    "将得分视为对数似然比时的代价，以比特为单位：0 为完美，1 表示没有信息，大于 1 则有误导。",
    "第一个数值使用模型自带的校准，第二个使用在这些比对上拟合的直线。",
    "minCllr 使用保持得分次序的最佳似然比（PAV 算法）。与 minCllr 之差是校准损失，minCllr 本身是区分损失",
    `（${source("10.1016/j.csl.2005.08.001", "Brümmer and du Preez 2006")}）。`,
  ),
  explained(
    "95% 区间",
    "有放回地随机抽取说话人，所得数值的中间 95%。同人比对按其说话人被抽到的次数计数，",
    "异人比对按两位说话人次数之积计数",
    `（${source("10.1214/07-AOAS122", "Owen 2007")}；`,
    `${source("10.1016/j.cviu.2003.08.002", "Bolle, Ratha and Pankanti 2004")}）。`,
    "所有方法使用相同的抽样。区间不涵盖其他麦克风、房间或日期。",
  ),
  explained(
    "方法",
    "Cosine 比较两个声纹向量。Z-Norm 用注册一侧对冒认者队列的得分归一化，T-Norm 用测试一侧的得分。",
    "S-Norm 是两者的平均。AS-Norm 是只取每一侧最近的队列声音的 S-Norm",
    `（${source("10.21437/Interspeech.2017-803", "Matejka et al. 2017")}）。`,
  ),
  explained(
    "DET",
    "两种错误率，坐标轴为正态偏差尺度，正态分布的得分在其上成为直线。越靠左下越好",
    `（${source("10.21437/Eurospeech.1997-504", "Martin et al. 1997")}）。`,
  ),
  explained(
    "条件",
    "时长是较短一侧的有效语音，1-2s 也包括不足一秒的音频。任何一侧为电话频带，即归入电话频带。",
    "场次只划分同人比对，每一部分都含全部异人比对。“a / b”表示一侧为 a，另一侧为 b。",
    "比对少的部分区间很宽，请先看次数。",
  ),
].join("\n")}
</dl>`;

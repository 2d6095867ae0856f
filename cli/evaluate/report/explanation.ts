export const definition = (term: string, ...sentences: string[]) =>
  `<dt>${term}</dt><dd>${sentences.join(" ")}</dd>`;
export const source = (doi: string, title: string) => `<a href="https://doi.org/${doi}">${title}</a>`;

/**
 * Explains each figure of the report and names its source. docs/evaluate.md has the same facts at
 * length.
 */
export const EXPLANATION = `<dl>
${[
  definition(
    "EER",
    "The rate at which false accepts (FAR, impostor trials) and false rejects (FRR, target trials) are equal.",
    "A trial is accepted if its score reaches the threshold. Both are rates of comparisons: FMR and FNMR in the words",
    "of ISO/IEC 19795-1. Clips without an embedding are listed and left out: they are failures to acquire (FTA).",
  ),
  definition(
    "minDCF",
    "The lowest cost that any threshold reaches, if the prior is the share of target trials and both errors",
    "cost the same. It is divided by the cost of accepting all trials or none, whichever is lower, so 1 is no",
    "better than ignoring the audio (NIST SRE 2016 evaluation plan).",
  ),
  definition(
    "Cllr",
    "The cost of the scores as log-likelihood ratios, in bits: 0 is perfect, 1 carries no information, and",
    "above 1 is misleading. The first figure uses the model's own calibration, the second a line fitted on",
    "these trials. minCllr uses the best ratios that keep the order of scores (pool adjacent violators).",
    "The gap to minCllr is the calibration loss; minCllr itself is the discrimination loss",
    `(${source("10.1016/j.csl.2005.08.001", "Brümmer and du Preez 2006")}).`,
  ),
  definition(
    "95 % interval",
    "The middle 95 % of the figures over random draws of speakers, with replacement. A target trial counts",
    "as often as its speaker was drawn, an impostor trial as often as the product of both speakers' counts",
    `(${source("10.1214/07-AOAS122", "Owen 2007")};`,
    `${source("10.1016/j.cviu.2003.08.002", "Bolle, Ratha and Pankanti 2004")}).`,
    "All methods use the same draws. The interval does not cover other microphones, rooms or days.",
  ),
  definition(
    "Methods",
    "Cosine compares the two embeddings. Z-Norm normalizes by the enrolled side's scores against a cohort of",
    "impostors, T-Norm by the probe's. S-Norm is the mean of both. AS-Norm is S-Norm with each side's nearest",
    `cohort voices (${source("10.21437/Interspeech.2017-803", "Matejka et al. 2017")}).`,
  ),
  definition(
    "DET",
    "Both error rates on normal-deviate axes, on which normally distributed scores give straight lines. Lower",
    `and further left is better (${source("10.21437/Eurospeech.1997-504", "Martin et al. 1997")}).`,
  ),
  definition(
    "Conditions",
    "Duration is the net speech of the shorter side; 1-2s includes less than a second. Bandwidth is telephone",
    "if either side is. Sessions split target trials only, and each part has all impostor trials. In",
    '"a / b" one side is a and the other b. A part with few trials has wide intervals, so check the counts',
    "first.",
  ),
].join("\n")}
</dl>`;

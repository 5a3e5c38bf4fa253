// What the workbench says, in the page's language.
const chinese = document.documentElement.lang.startsWith("zh");

export const language = chinese ? "zh" : "en";

/** The text in the page's language. */
export function t(en, zh) {
  return chinese ? zh : en;
}

/** The text of a `{en, zh}` object in the page's language, else in any. */
export function pick(texts) {
  return texts?.[language] ?? Object.values(texts ?? {})[0] ?? "";
}

/** A number with the page language's separators. */
export function number(value) {
  return value.toLocaleString(chinese ? "zh-Hans" : "en");
}

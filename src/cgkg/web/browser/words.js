// What the workbench says, in the page's language: the words come with the page.

/** What the page tells the scripts of this site. */
export const setup = JSON.parse(document.getElementById("setup").textContent);
export const language = setup.language;

const tag = document.documentElement.lang;
const rules = new Intl.PluralRules(tag);
// The order in which gettext numbers the plural forms that a language has.
const forms = ["zero", "one", "two", "few", "many", "other"].filter((form) =>
  rules.resolvedOptions().pluralCategories.includes(form));

/** The message in the page's language, with values in the places of their names in braces. */
export function gettext(message, values) {
  return filled(setup.words[message] ?? message, values);
}

/** The message that suits the count. */
export function ngettext(one, many, count, values) {
  const found = setup.words[one];
  if (found === undefined) return filled(count === 1 ? one : many, values);
  return filled(found[Math.min(forms.indexOf(rules.select(count)), found.length - 1)], values);
}

/** A message with its values, as the endpoint says what is wrong, in the page's language. */
export function retold({ message, values }) {
  const told = Object.entries(values).map(([name, value]) =>
    [name, value && typeof value === "object" ? retold(value) : value]);
  return gettext(message, Object.fromEntries(told));
}

/** The message, in the page's language already, with values in the places of their names. */
export function filled(message, values = {}) {
  return message.replace(/\{(\w+)\}/g, (slot, name) => values[name] ?? slot);
}

/** Its tag that suits a language best: the same, a more general or a more special one (RFC 4647). */
function lookup(tags, wish) {
  const parts = wish.toLowerCase().split("-");
  const ranges = parts.map((_, cut) => parts.slice(0, parts.length - cut).join("-"));
  return ranges.map((range) => tags.find((each) => each.toLowerCase() === range)).find((each) => each)
    ?? ranges.map((range) => tags.find((each) => each.toLowerCase().startsWith(`${range}-`))).find((each) => each);
}

/** The text of a `{en, fr …}` object in the page's language, else in English, else in any. */
export function pick(texts) {
  const tags = Object.keys(texts ?? {}).sort();
  return texts?.[lookup(tags, language) ?? lookup(tags, "en") ?? tags[0]] ?? "";
}

/** A number with the page language's separators. */
export function number(value) {
  return value.toLocaleString(tag);
}

// The query workbench: puts editor, saved queries, answer and links of the page together.
import { ask, parameters } from "./answer.js";
import { element } from "./dom.js";
import { keep, kept, returned } from "./draft.js";
import { clearErrors, markError, openEditor, quietly } from "./editor.js";
import { edgesOf, numbersOf } from "./fitting.js";
import { Names } from "./terms.js";
import { filled, gettext, ngettext, number, setup } from "./words.js";

const RAW = 200_000;
// Longer addresses are refused by some servers; such a query is downloaded by a form.
const LONGEST = 6000;

const $ = (id) => document.getElementById(id);
const names = new Names(setup);

/** Ways to look at an answer, in the order of the tabs; what they need is fetched when chosen. */
const VIEWS = {
  table: {
    fits: (answer) => answer.kind !== "boolean" && answer.rows.length > 0,
    show: async (panel, answer) => (await import("./table.js")).show(panel, answer, names),
  },
  graph: {
    fits: (answer) => answer.rows.length > 0 && Boolean(edgesOf(answer)),
    show: async (panel, answer) => (await import("./picture.js")).show(panel, answer, names),
  },
  chart: {
    fits: (answer) => answer.kind === "bindings" && numbersOf(answer).length > 0,
    show: async (panel, answer) => (await import("./plot.js")).show(panel, answer, names),
  },
  evidence: {
    fits: (answer) => answer.kind === "bindings" && answer.rows.length > 0,
    show: async (panel, answer, signal) =>
      (await import("./support.js")).show(panel, answer, names, signal),
  },
  raw: { fits: () => true, show: async (panel, answer) => raw(panel, answer) },
};

// `view` is the one on show, `wish` the one the reader chose.
const state = { answer: undefined, view: undefined, wish: undefined, close: undefined, work: new AbortController(), later: undefined };
// Without scripts nothing here would work, so the page comes with it hidden.
$("workbench").hidden = false;
const yasqe = openEditor($("editor"), names, () => run({ reveal: true }));
yasqe.on("change", () => {
  clearErrors(yasqe);
  changed();
});

function question() {
  return { query: yasqe.getValue(), reasoning: $("reasoning").checked };
}

// Running

/** Ask, and show what comes; with `reveal` it is brought into view where it is not. */
async function run({ reveal = false } = {}) {
  state.work.abort();
  state.work = new AbortController();
  const { signal } = state.work;
  clearErrors(yasqe);
  quietly(yasqe);
  busy(true);
  $("problem").hidden = true;
  try {
    const answer = await ask(setup, question(), { signal });
    await namesReady;
    await present(answer);
    changed();
    if (reveal) bring($("status"));
  } catch (error) {
    if (signal.aborted) return;
    failed(error);
    if (reveal) bring($("problem"));
  } finally {
    if (state.work.signal === signal) busy(false);
  }
}

/** Scroll to it unless it begins in the upper two thirds of the window. */
function bring(node) {
  const { top } = node.getBoundingClientRect();
  if (top < 0 || top > window.innerHeight * 0.66) node.scrollIntoView({ block: "start" });
}

function busy(on) {
  $("stop").hidden = !on;
  $("answer").setAttribute("aria-busy", String(on));
  if (on) $("status").textContent = gettext("Running …");
  else if ($("status").textContent === gettext("Running …")) $("status").textContent = "";
}

function failed(error) {
  clear();
  $("status").textContent = "";
  $("answer").hidden = true;
  $("problem-title").textContent = error.title || gettext("No answer");
  const place = !error.line ? ""
    : error.column ? gettext("Line {line}, column {column}", error) : gettext("Line {line}", error);
  $("problem-place").textContent = place;
  $("problem-detail").textContent = error.message;
  $("problem-hint").textContent = error.hint ?? "";
  for (const part of ["detail", "hint"]) $(`problem-${part}`).lang = error.foreign ? setup.source : document.documentElement.lang;
  $("problem").hidden = false;
  if (error.line) {
    markError(yasqe, error.line, error.column, error.message);
    // On a touch screen the keyboard would cover what is wrong.
    if (matchMedia("(pointer: fine)").matches) yasqe.focus();
  }
}

// Showing

async function present(answer) {
  clear();
  state.answer = answer;
  $("answer").hidden = false;
  $("status").textContent = summary(answer);
  $("boolean").hidden = answer.kind !== "boolean";
  if (answer.kind === "boolean") $("boolean").textContent = answer.boolean ? gettext("yes") : gettext("no");
  $("nothing").hidden = answer.kind === "boolean" || answer.rows.length > 0;
  $("unmatched").replaceChildren(...answer.unmatched.map((note) => element("li", { class: "note" }, told(note))));
  $("unmatched").hidden = answer.unmatched.length === 0;
  for (const [name, view] of Object.entries(VIEWS)) tab(name).hidden = !view.fits(answer);
  downloads(answer);
  const shown = Object.keys(VIEWS).filter((name) => !tab(name).hidden);
  await look(shown.includes(state.wish) ? state.wish : shown[0]);
}

/** Why nothing may have been found: a note of the header X-Cgkg-Unmatched as a sentence. */
function told({ kind, term = "", near = [], property = "" }) {
  const sentence = setup.unmatched[kind] ?? kind;
  // After a full-width stop there is no space.
  const proposal = (/[.?]$/.test(sentence) ? " " : "") + setup.proposal;
  const whole = near.length && !sentence.includes("{near}") ? sentence + proposal : sentence;
  const values = { term: names.written(term), property: names.written(property) };
  return filled(whole, { ...values, near: near.map((each) => names.written(each)).join(", ") });
}

function summary(answer) {
  const parts = [];
  if (answer.kind !== "boolean") {
    const rows = answer.told === null ? answer.rows.length : Number(answer.told);
    parts.push(answer.kind === "graph"
      ? ngettext("{n} triple", "{n} triples", rows, { n: number(rows) })
      : ngettext("{n} row", "{n} rows", rows, { n: number(rows) }));
  }
  if (answer.milliseconds !== undefined) {
    parts.push(gettext("{time} in the server", { time: milliseconds(answer.milliseconds) }));
  }
  parts.push(gettext("{time} in all", { time: milliseconds(answer.elapsed) }));
  parts.push(answer.generation ? gettext("generation {generation}", { generation: answer.generation })
    : gettext("the server does not say of which generation"));
  if (!answer.question.reasoning) parts.push(gettext("asserted facts only"));
  return parts.join(" · ");
}

function milliseconds(value) {
  return value < 1 ? gettext("under 1 ms") : gettext("{n} ms", { n: number(Math.round(value)) });
}

function clear() {
  state.close?.();
  state.close = undefined;
  $("panel").replaceChildren();
}

/** Show the answer in this way and mark its tab. */
async function look(name) {
  clear();
  state.view = name;
  for (const each of Object.keys(VIEWS)) {
    tab(each).setAttribute("aria-selected", String(each === name));
    tab(each).tabIndex = each === name ? 0 : -1;
  }
  $("panel").setAttribute("aria-labelledby", `tab-${name}`);
  const part = element("div");
  $("panel").append(part);
  const { answer } = state;
  try {
    const close = await VIEWS[name].show(part, answer, state.work.signal);
    if (part.isConnected) state.close = close;
    else close?.();
  } catch (error) {
    if (part.isConnected) part.replaceChildren(element("p", { role: "alert" }, error.message, " ",
      element("span", { class: "hint" }, error.hint ?? "")));
  }
}

function tab(name) {
  return $(`tab-${name}`);
}

function raw(panel, answer) {
  const cut = answer.text.length > RAW;
  panel.append(element("pre", { class: "turtle", tabindex: "0" }, answer.text.slice(0, RAW)));
  if (cut) panel.append(element("p", { class: "quiet" }, gettext("Only the beginning is shown; the downloads are complete.")));
}

function downloads(answer) {
  const fitting = setup.formats.filter((each) => each.answers.includes(answer.kind));
  const csv = fitting.find((each) => each.key === "csv");
  if (csv) {
    const title = gettext("an apostrophe stands before what a spreadsheet would run as a formula");
    fitting.push({ ...csv, label: gettext("CSV for spreadsheets"), title, more: { spreadsheet: "true" } });
  }
  const links = fitting.map(({ key: format, label, suffix, title, more }) => {
    const asked = parameters(answer.question, { format, ...more });
    const href = `${setup.endpoint}?${asked}`;
    if (href.length <= LONGEST) return element("a", { href, title, download: `answer.${suffix}` }, label);
    const fields = [...asked].map(([key, value]) => element("input", { type: "hidden", name: key, value }));
    return element("form", { method: "post", action: setup.endpoint, target: "_blank" }, ...fields,
      element("button", { class: "plain-button", title }, label));
  });
  $("downloads").replaceChildren(...links.flatMap((each) => [each, " "]));
}

// Tabs: arrow keys move along them

for (const name of Object.keys(VIEWS)) {
  tab(name).addEventListener("click", () => {
    state.wish = name;
    look(name);
    changed();
  });
}
$("tabs").addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!step) return;
  const shown = Object.keys(VIEWS).filter((name) => !tab(name).hidden);
  const next = shown[(shown.indexOf(state.view) + step + shown.length) % shown.length];
  event.preventDefault();
  tab(next).focus();
  tab(next).click();
});

// Saved queries

function fill(query) {
  quietly(yasqe, () => {
    yasqe.setValue(query);
    yasqe.getDoc().setCursor(0, 0);
  });
}

$("saved").addEventListener("click", (event) => {
  const button = event.target.closest("button[data-query]");
  if (!button) return;
  state.wish = undefined;
  fill(button.dataset.query);
  run({ reveal: true });
});
$("find").addEventListener("input", () => {
  const wanted = $("find").value.trim().toLowerCase();
  for (const group of document.querySelectorAll("#saved details")) {
    let found = 0;
    for (const item of group.querySelectorAll("li")) {
      const button = item.querySelector("button");
      const text = `${button.textContent} ${button.title} ${button.dataset.query}`.toLowerCase();
      item.hidden = !text.includes(wanted);
      found += item.hidden ? 0 : 1;
    }
    group.hidden = found === 0;
    if (wanted) group.open = true;
  }
  $("none-found").hidden = Boolean(document.querySelector("#saved details:not([hidden])"));
});

// Share links: the query stands behind the #, which browsers do not send

function link() {
  const fragment = new URLSearchParams({ query: yasqe.getValue() });
  if (!$("reasoning").checked) fragment.set("reasoning", "off");
  if (state.view) fragment.set("view", state.view);
  return `${location.origin}${location.pathname}${setup.chosen ? `?lang=${setup.language}` : ""}#${fragment}`;
}

/** What follows from a change of query or view: what is kept for a reload, the links, the address. */
function changed() {
  if (!$("workbench").dataset.ready) return;
  const { query, reasoning } = question();
  const asked = state.answer?.question;
  keep({ query, reasoning, view: state.wish, ran: asked?.query === query && asked.reasoning === reasoning });
  if (!$("share-box").hidden && $("share-link").value !== link()) {
    $("share-link").value = link();
    $("share-said").textContent = "";
  }
  // Browsers allow few changes of the address at a time.
  clearTimeout(state.later);
  state.later = setTimeout(address, 300);
}

function address() {
  history.replaceState(null, "", link());
}

async function share() {
  $("share-link").value = link();
  $("share-box").hidden = false;
  $("share-link").select();
  try {
    await navigator.clipboard.writeText(link());
    $("share-said").textContent = gettext("copied");
  } catch {
    $("share-said").textContent = gettext("copy it from here");
  }
}

/** Take over what a share link says; whether it held a query. */
function take() {
  const shared = new URLSearchParams(location.hash.slice(1));
  const query = shared.get("query") ?? new URLSearchParams(location.search).get("query");
  if (!query) return false;
  $("reasoning").checked = shared.get("reasoning") !== "off";
  if (shared.get("view") in VIEWS) state.wish = shared.get("view");
  fill(query);
  return true;
}

$("run").addEventListener("click", () => run({ reveal: true }));
$("stop").addEventListener("click", () => {
  state.work.abort();
  busy(false);
});
$("reasoning").addEventListener("change", () => (state.answer ? run() : changed()));
$("share").addEventListener("click", share);
$("format").addEventListener("click", () => yasqe.autoformat());
window.addEventListener("hashchange", () => take() && run());
for (const each of document.querySelectorAll(".languages a")) {
  each.addEventListener("click", () => {
    each.href = `${each.href.split("#")[0]}#${link().split("#")[1]}`;
  });
}

const namesReady = names.load().catch((error) => {
  $("status").textContent = error.message;
});
/** Put into the editor what a link, or this tab, or the last visit had; whether to ask it. */
function begin() {
  const draft = kept();
  const restored = () => {
    $("reasoning").checked = draft.reasoning;
    if (draft.view in VIEWS) state.wish = draft.view;
    fill(draft.query);
    return draft.ran;
  };
  if (draft && returned()) return restored();
  if (take()) return yasqe.getValue() !== draft?.query || draft.ran;
  if (draft) return restored() && false;
  if (!yasqe.getValue().trim()) fill(setup.first);
  return false;
}

const asking = begin();
$("workbench").dataset.ready = "true";
if (asking) run();
namesReady.then(() => { $("workbench").dataset.names = "true"; });

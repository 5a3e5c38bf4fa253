// What supports each row: triples, asserted or inferred, with the clauses they come from.
import { ask } from "./answer.js";
import { cell, caption } from "./cells.js";
import { element } from "./dom.js";
import { namingOf } from "./fitting.js";
import { gettext, number, pick } from "./words.js";

const AT_ONCE = 50;

/** Ask for the evidence and show it in the element, some rows at a time. */
export async function show(parent, answer, names, signal) {
  parent.append(element("p", { class: "quiet" }, gettext("Looking for the evidence …")));
  const found = await ask(names.setup, answer.question, { evidence: true, signal });
  parent.replaceChildren();
  if (!Array.isArray(found.evidence)) {
    parent.append(element("p", {}, gettext("The server gives no evidence for this query. It does for SELECT queries over triple patterns.")));
    return;
  }
  const naming = namingOf(found, names);
  found.variables = found.variables.filter((name) => !naming.get(name)?.same);
  const list = element("ol", { class: "wb-evidence" });
  parent.append(list);
  more(parent, list, found, names, 0);
}

function more(parent, list, found, names, from) {
  const to = Math.min(from + AT_ONCE, found.rows.length);
  for (let index = from; index < to; index += 1) {
    list.append(row(found.rows[index], found.evidence[index] ?? [], found.variables, names));
  }
  if (to < found.rows.length) {
    const rest = number(found.rows.length - to);
    const button = element("button", { type: "button", click: () => { button.remove(); more(parent, list, found, names, to); } },
      gettext("Show more ({rest} rows left)", { rest }));
    parent.append(button);
  }
}

function row(bindings, supports, variables, names) {
  const values = variables.filter((name) => bindings[name]).flatMap((name, index) => [index ? " · " : "", cell(bindings[name], names)]);
  return element("li", {}, element("p", { class: "wb-row" }, ...values),
    ...(supports.length ? supports.map((each) => triple(each, names))
      : [element("p", { class: "quiet" }, gettext("No triple of the graph supports this row."))]));
}

function triple(support, names) {
  const { subject, predicate, object, inferred } = support;
  const fact = names.setup.chosen && support.fact ? `${support.fact}&lang=${names.setup.language}` : support.fact;
  const [kind, text] = inferred ? ["inferred", gettext("inferred")] : ["asserted", gettext("asserted")];
  const mark = element(fact ? "a" : "span", { class: `badge ${kind}`, href: fact }, text);
  return element("div", { class: `step ${inferred ? "derived" : "leaf"}` },
    element("p", { class: "triple" }, cell(subject, names), " ", cell(predicate, names), " ", cell(object, names), " ", mark),
    ...(support.restsOn ? [grounds(support.restsOn, names)] : sources(support, names)));
}

function grounds(restsOn, names) {
  return element("details", {}, element("summary", {}, gettext("What it rests on")), ...sources(restsOn, names, true));
}

/** The clauses that say it, and the graphs: all of them, or where no clause does. */
function sources({ spans = [], graphs = [] }, names, all = false) {
  return [...spans.map((span) => slip(span, names)), ...(all || !spans.length ? named(graphs, names) : [])];
}

function slip(span, names) {
  const where = [
    span.section ? gettext("section {section}", { section: span.section }) : "",
    gettext("characters {start}–{end}", { start: span.start, end: span.end }),
  ].filter(Boolean).join(" · ");
  return element("div", { class: "slip" },
    element("p", { class: "where" }, element("a", { href: names.path(span.iri), title: span.iri }, where),
      span.document ? ` · ${caption({ type: "uri", value: span.document }, names)}` : ""),
    element("p", { class: "gist" }, pick(span.gist)));
}

function named(iris, names) {
  return iris.map((iri) => element("p", { class: "where" }, gettext("in graph "), names.link(iri)));
}

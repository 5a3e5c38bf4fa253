// An answer as a table that can be sorted, searched and paged.
import DataTable from "datatables.net";
import { cell, numeric, plain } from "./cells.js";
import { element } from "./dom.js";
import { namingOf } from "./fitting.js";
import { gettext } from "./words.js";

const PAGE = 50;

/** Show the rows in the element; what is returned takes the table away. */
export function show(parent, answer, names) {
  const table = element("table", { class: "facts wb-table" });
  const caption = element("caption", { class: "visually-hidden" }, gettext("Rows of the answer"));
  table.append(caption);
  parent.append(element("div", { class: "wb-table-frame", role: "region", tabindex: "0", "aria-label": gettext("Rows of the answer") }, table));
  const naming = namingOf(answer, names);
  const left = answer.variables.filter((name) => naming.get(name)?.same);
  for (const name of left) {
    parent.append(element("p", { class: "quiet" }, gettext("?{name} has the names that ?{other} shows, and is left out here; downloads have it.", { name, other: naming.get(name).of })));
  }
  const made = new DataTable(table, {
    data: answer.rows,
    columns: answer.variables.filter((name) => !left.includes(name)).map((name) => column(name, names, naming.get(name)?.of)),
    order: [],
    autoWidth: false,
    pageLength: PAGE,
    lengthMenu: [10, PAGE, 200, 1000],
    paging: answer.rows.length > PAGE,
    info: answer.rows.length > PAGE,
    searching: answer.rows.length > 5,
    language: wording(),
  });
  return () => made.destroy(true);
}

/** A column; `of` is the one that it has the names of in another language, which it links to. */
function column(name, names, of) {
  return {
    title: name,
    data: (row) => row[name],
    defaultContent: "",
    type: "string",
    render: (term, type) => (type === "sort" ? sortable(term, names) : type === "display" ? "" : plain(term, names)),
    createdCell: (td, term, row) => td.replaceChildren(of && term ? named(term, row[of], names) : cell(term, names)),
  };
}

function named(term, thing, names) {
  return element("a", { href: names.path(thing.value), title: thing.value, lang: term["xml:lang"] }, term.value);
}

/** Numbers by size, before all texts: padded so that comparing text compares the numbers. */
function sortable(term, names) {
  const value = numeric(term);
  if (value === undefined) return `t${plain(term, names).toLowerCase()}`;
  const shifted = new DataView(new ArrayBuffer(8));
  shifted.setFloat64(0, value);
  const bits = shifted.getBigUint64(0);
  // IEEE 754 doubles in the order of their bits, negative ones turned round.
  const ordered = value < 0 ? ~bits & 0xffffffffffffffffn : bits | 0x8000000000000000n;
  return `n${ordered.toString(16).padStart(16, "0")}`;
}

function wording() {
  return {
    search: gettext("Find in the answer:"),
    lengthMenu: gettext("_MENU_ rows a page"),
    info: gettext("Rows _START_ to _END_ of _TOTAL_"),
    infoEmpty: gettext("No row"),
    infoFiltered: gettext("(of _MAX_ in all)"),
    zeroRecords: gettext("No row has that."),
    emptyTable: gettext("No rows."),
    paginate: { first: "«", previous: "‹", next: "›", last: "»" },
    aria: {
      orderable: gettext(": sort"),
      orderableReverse: gettext(": turn the order round"),
      orderableRemove: gettext(": order of the answer"),
      paginate: {
        first: gettext("First page"), previous: gettext("Previous page"),
        next: gettext("Next page"), last: gettext("Last page"), number: gettext("Page "),
      },
    },
  };
}

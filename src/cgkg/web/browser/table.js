// An answer as a table that can be sorted, searched and paged.
import DataTable from "datatables.net";
import { cell, numeric, plain } from "./cells.js";
import { element } from "./dom.js";
import { t } from "./words.js";

const PAGE = 50;

/** Show the rows in the element; what is returned takes the table away. */
export function show(parent, answer, names) {
  const table = element("table", { class: "facts wb-table" });
  const caption = element("caption", { class: "visually-hidden" }, t("Rows of the answer", "答案各行"));
  table.append(caption);
  parent.append(element("div", { class: "wb-table-frame" }, table));
  const made = new DataTable(table, {
    data: answer.rows,
    columns: answer.variables.map((name) => column(name, names)),
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

function column(name, names) {
  return {
    title: name,
    data: (row) => row[name],
    defaultContent: "",
    type: "string",
    render: (term, type) => (type === "sort" ? sortable(term, names) : type === "display" ? "" : plain(term, names)),
    createdCell: (td, term) => td.replaceChildren(cell(term, names)),
  };
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
    search: t("Find in the answer:", "在答案中查找："),
    lengthMenu: t("_MENU_ rows a page", "每页 _MENU_ 行"),
    info: t("Rows _START_ to _END_ of _TOTAL_", "第 _START_ 至 _END_ 行，共 _TOTAL_ 行"),
    infoEmpty: t("No row", "没有行"),
    infoFiltered: t("(of _MAX_ in all)", "（全部 _MAX_ 行）"),
    zeroRecords: t("No row has that.", "没有匹配的行。"),
    emptyTable: t("No rows.", "没有行。"),
    paginate: { first: "«", previous: "‹", next: "›", last: "»" },
    aria: {
      orderable: t(": sort", "：排序"),
      orderableReverse: t(": turn the order round", "：反向排序"),
      orderableRemove: t(": order of the answer", "：恢复原序"),
      paginate: {
        first: t("First page", "首页"), previous: t("Previous page", "上一页"),
        next: t("Next page", "下一页"), last: t("Last page", "末页"), number: t("Page ", "第"),
      },
    },
  };
}

"use strict";
(() => {
	const form = document.querySelector(".filter");
	const table = document.getElementById("table");
	if (!form || !table) return;
	const body = table.tBodies[0];
	const rows = [...body.rows];
	const q = document.getElementById("q"), role = document.getElementById("role"),
		band = document.getElementById("band"), eol = document.getElementById("eol"), shown = document.getElementById("shown");
	form.hidden = false;
	document.querySelector(".hint").hidden = false;

	const filter = () => {
		const words = q.value.toLowerCase().split(/\s+/).filter(Boolean);
		let n = 0;
		for (const r of rows) {
			const d = r.dataset;
			const on = words.every(w => d.search.includes(w)) && (!role.value || d.role === role.value) &&
				Number(d.risk) >= Number(band.value) && (!eol.checked || d.eol === "no");
			r.toggleAttribute("data-off", !on);
			document.getElementById(d.anchor).toggleAttribute("data-off", !on);
			if (on) n++;
		}
		shown.textContent = n + " of " + rows.length + " shown";
	};
	form.addEventListener("input", filter);
	form.addEventListener("submit", e => e.preventDefault());
	form.addEventListener("reset", () => setTimeout(filter));
	filter();

	const heads = [...table.tHead.rows[0].cells];
	const value = (r, i, kind) => kind === "num" ? Number(r.dataset.risk) :
		kind === "order" ? Number(r.dataset.order) : r.cells[i].textContent.trim().toLowerCase();
	const sort = (h, i) => {
		const kind = h.dataset.sort, was = h.getAttribute("aria-sort");
		const down = was ? was === "ascending" : kind === "num";
		heads.forEach(o => o.removeAttribute("aria-sort"));
		h.setAttribute("aria-sort", down ? "descending" : "ascending");
		const by = (a, b) => {
			const x = value(a, i, kind), y = value(b, i, kind);
			if (x === "" || y === "") return x === y ? 0 : x === "" ? 1 : -1;
			const c = x < y ? -1 : x > y ? 1 : 0;
			return (down ? -c : c) || a.dataset.order - b.dataset.order;
		};
		rows.slice().sort(by).forEach(r => body.append(r));
	};
	heads.forEach((h, i) => {
		h.tabIndex = 0;
		h.addEventListener("click", () => sort(h, i));
		h.addEventListener("keydown", e => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); sort(h, i); } });
	});
	const open = [];
	addEventListener("beforeprint", () => document.querySelectorAll("details:not([open])").forEach(d => { d.open = true; open.push(d); }));
	addEventListener("afterprint", () => { while (open.length) open.pop().open = false; });
})();

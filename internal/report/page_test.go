package report

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"lazaret/internal/inventory/clues"
	"lazaret/internal/inventory/known"
	"lazaret/internal/inventory/risk"
)

// Text from the traffic is never markup, script or style of the page, and the
// page asks for nothing outside itself.
func TestPageIsSealed(t *testing.T) {
	b := string(written(t, "html", attacked(t)))
	if strings.Contains(b, "<script>alert") {
		t.Error("a name from the traffic became a script")
	}
	if !strings.Contains(b, html.EscapeString("<script>alert(1)</script>")) {
		t.Error("the name is not on the page at all")
	}
	if n := strings.Count(b, "<script"); n != 1 {
		t.Errorf("%d scripts, want the page's own", n)
	}
	for _, m := range regexp.MustCompile(`(?:src|href|url|@import|fetch|XMLHttpRequest)\s*[=(]\s*["']?([^"'\s>)]*)`).FindAllStringSubmatch(b, -1) {
		if !strings.HasPrefix(m[1], "#") {
			t.Errorf("the page refers to %q", m[1])
		}
	}
}

// What nobody in the house can mend is not in the list of what to mend first, but
// still on the page.
func TestRemoteIsNotMended(t *testing.T) {
	d := hospital(t, "hospital")
	before := newPage(d)
	if before.Remote != 0 || len(before.Urgent) == 0 {
		t.Fatalf("%d remote, %d urgent", before.Remote, len(before.Urgent))
	}
	first := before.Urgent[0].Device.ID
	for i := range d.Devices {
		if v := &d.Devices[i]; v.ID == first {
			v.ID, v.IPs, v.MACs = "ip:203.0.113.9", []string{"203.0.113.9"}, nil
		}
	}
	p := newPage(d)
	if p.Remote != 1 || p.Risky != before.Risky-1 || len(p.Sheets) != len(before.Sheets) {
		t.Errorf("%d remote, %d risky, %d sheets", p.Remote, p.Risky, len(p.Sheets))
	}
	if !strings.Contains(string(written(t, "html", d)), "1 of them has a public address") {
		t.Error("the page does not tell what it leaves out")
	}
	for ip, want := range map[string]bool{"8.8.8.8": true, "2001:4860::1": true, "10.1.2.3": false, "100.64.0.1": false, "fe80::1": false, "169.254.1.1": false, "": false} {
		if public(ip) != want {
			t.Errorf("%q is public: %v", ip, !want)
		}
	}
}

// Systems of which only some editions are supported are counted beside the others.
func TestPerhapsOldIsCounted(t *testing.T) {
	d := hospital(t, "dicom-store")
	before := newPage(d)
	for i := range d.Devices {
		if v := &d.Devices[i]; v.Supported != "no" {
			v.Traits = append(v.Traits, risk.Trait{Trait: clues.PerhapsOld})
			break
		}
	}
	if p := newPage(d); p.Perhaps != before.Perhaps+1 || p.EOL != before.EOL {
		t.Errorf("%d perhaps and %d out of support, were %d and %d", p.Perhaps, p.EOL, before.Perhaps, before.EOL)
	}
}

// Every device has a row and a section, and every link leads somewhere.
func TestPageIsWhole(t *testing.T) {
	d := hospital(t, "hospital")
	b := string(written(t, "html", d))
	ids := map[string]bool{}
	for _, m := range regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(b, -1) {
		if ids[m[1]] {
			t.Errorf("id %s is there twice", m[1])
		}
		ids[m[1]] = true
	}
	for i := range d.Devices {
		if !ids[anchor(d.Devices[i].ID)] {
			t.Errorf("%s has no section", d.Devices[i].ID)
		}
	}
	for _, m := range regexp.MustCompile(`href="#([^"]+)"`).FindAllStringSubmatch(b, -1) {
		if !ids[m[1]] {
			t.Errorf("a link leads to %s, which is not there", m[1])
		}
	}
	if n := strings.Count(b, "<article"); n != len(d.Devices) {
		t.Errorf("%d sections of %d devices", n, len(d.Devices))
	}
}

// probe is run in the page by the browser: it uses the filters and the headings as
// a person would and writes down what it then sees.
const probe = `<script>
addEventListener("load", () => {
	const out = {};
	const shown = () => [...document.querySelectorAll("#table tbody tr:not([data-off])")];
	const sections = () => document.querySelectorAll("article:not([data-off])").length;
	const set = (id, v) => { const e = document.getElementById(id); if (e.type === "checkbox") e.checked = v; else e.value = v; e.dispatchEvent(new Event("input", { bubbles: true })); };
	out.all = shown().length;
	set("q", "siemens force");
	out.search = shown().map(r => r.cells[2].textContent.trim());
	out.sections = sections();
	set("q", "");
	set("role", "mr");
	out.mr = shown().map(r => r.dataset.role);
	set("role", "");
	set("eol", true);
	out.eol = shown().length;
	set("eol", false);
	const heads = document.querySelectorAll("#table thead th");
	heads[3].click();
	out.makers = shown().map(r => r.cells[3].textContent.trim());
	heads[3].click();
	out.reverse = shown().map(r => r.cells[3].textContent.trim());
	out.aria = heads[3].getAttribute("aria-sort");
	out.wide = document.documentElement.scrollWidth <= innerWidth;
	const pre = document.createElement("pre");
	pre.id = "probe";
	pre.textContent = JSON.stringify(out);
	document.body.append(pre);
});
</script></body>`

// The filters and the sorting work in a browser without a network, and nothing is
// wider than the window, on a desk and on a telephone.
func TestPageInBrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: make tools")
	}
	d := hospital(t, "hospital")
	dir := t.TempDir()
	file := filepath.Join(dir, "page.html")
	page := bytes.Replace(written(t, "html", d), []byte("</body>"), []byte(probe), 1)
	if err := os.WriteFile(file, page, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, size := range []string{"1280,900", "500,900"} {
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
			"--user-data-dir="+dir, "--window-size="+size, "--dump-dom", "file://"+file)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("chromium: %v", err)
		}
		m := regexp.MustCompile(`<pre id="probe">(.*?)</pre>`).FindSubmatch(out)
		if m == nil {
			t.Fatal("the page's script did not run")
		}
		var got struct {
			All, Sections, EOL          int
			Search, MR, Makers, Reverse []string
			Aria                        string
			Wide                        bool
		}
		if err := json.Unmarshal([]byte(html.UnescapeString(string(m[1]))), &got); err != nil {
			t.Fatal(err)
		}
		eol := 0
		for i := range d.Devices {
			if d.Devices[i].Supported == "no" {
				eol++
			}
		}
		if got.All != len(d.Devices) || got.EOL != eol || got.Sections != 1 || len(got.Search) != 1 || got.Search[0] != "CTAWP73021" {
			t.Errorf("%s: %d rows, %d out of support, search finds %v with %d sections", size, got.All, got.EOL, got.Search, got.Sections)
		}
		if strings.Join(got.MR, " ") != "mr mr" {
			t.Errorf("%s: the role filter shows %v", size, got.MR)
		}
		if got.Makers[0] != "Agfa DRYSTAR 5503" && !strings.HasPrefix(got.Makers[0], "Agfa") || got.Reverse[0] == "" || got.Reverse[0] <= got.Makers[0] || got.Aria != "descending" {
			t.Errorf("%s: sorted by maker: %v, and back: %v, %s", size, got.Makers[0], got.Reverse[0], got.Aria)
		}
		if !got.Wide {
			t.Errorf("%s: the page is wider than the window", size)
		}
	}
}

// The page is in the right number, and tells when there is nothing to tell.
func TestPageNumbers(t *testing.T) {
	d := hospital(t, "hospital")
	d.Report.Devices = d.Report.Devices[:1]
	d.Summary.Files, d.Summary.Packets, d.Summary.Conversations = 1, 1, 12345
	d.Blind = []Blind{{Unit: "conversations", Count: 1, Detail: "one"}}
	d.Known = &known.Result{File: "list.csv", Rows: 1, Unknown: []known.Stranger{{Device: d.Devices[0].ID, Role: d.Devices[0].Role}}}
	b := string(written(t, "html", d))
	for _, want := range []string{"<title>Imaging network: 1 device,", "<span>device</span>", "1 file, 1 packet, 12,345 conversations", "<td>conversation</td>",
		"1 row, 0 seen and 0 not seen; 1 device not in the list; 0 differences", `<a href="#` + anchor(d.Devices[0].ID) + `">` + title(&d.Devices[0]) + "</a></td><td>" + Label(string(d.Devices[0].Role))} {
		if !strings.Contains(b, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	d.Report.Devices, d.Summary.Packets, d.Blind, d.Known = nil, 0, nil, nil
	b = string(written(t, "html", d))
	for _, want := range []string{"No device was seen.", "Nothing was captured"} {
		if !strings.Contains(b, want) {
			t.Errorf("%q is not on the empty page", want)
		}
	}
	if strings.Contains(b, "Device by device") || strings.Contains(b, "Everything that was captured") {
		t.Error("the empty page has sections without a device")
	}
}

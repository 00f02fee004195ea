package casebook

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	policy = "style-src 'unsafe-inline'"
	probe  = `<script>addEventListener("load", () => { const p = document.createElement("pre"); p.id = "probe";
p.textContent = [document.documentElement.scrollWidth <= innerWidth, document.querySelectorAll("svg").length,
[...document.querySelectorAll("svg rect")].every(r => r.getBoundingClientRect().height > 1)].join(" "); document.body.append(p); });</script></body>`
)

// In a browser without a network the page is no wider than the window, on a desk and on a
// telephone, and it prints.
func TestBrowser(t *testing.T) {
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed: make tools")
	}
	html, _ := page(t, spread(40, true), 0)
	dir := t.TempDir()
	file, probed := filepath.Join(dir, "case.html"), filepath.Join(dir, "probed.html")
	text := strings.Replace(strings.Replace(html, "</body>", probe, 1), policy, policy+"; script-src 'unsafe-inline'", 1)
	for name, s := range map[string]string{file: html, probed: text} {
		if err := os.WriteFile(name, []byte(s), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run := func(args ...string) []byte {
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		out, err := exec.CommandContext(ctx, browser, append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir=" + dir}, args...)...).Output()
		if err != nil {
			t.Fatalf("chromium: %v", err)
		}
		return out
	}
	for _, size := range []string{"1280,900", "500,900"} {
		m := regexp.MustCompile(`<pre id="probe">(.*?)</pre>`).FindSubmatch(run("--window-size="+size, "--dump-dom", "file://"+probed))
		if m == nil || string(m[1]) != "true 2 true" {
			t.Errorf("%s: fits, drawings, all of them drawn: %q", size, m)
		}
	}
	pdf := filepath.Join(dir, "case.pdf")
	run("--print-to-pdf="+pdf, "file://"+file)
	if b, err := os.ReadFile(pdf); err != nil || !bytes.HasPrefix(b, []byte("%PDF-")) || len(b) < 10_000 {
		t.Errorf("printed %d bytes: %v", len(b), err)
	}
}

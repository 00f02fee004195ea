package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lazaret/lab/truth"
)

// writeAllowed writes what a hospital knows of as the file in which the
// product takes it: an entry by account for each activity, a second for the
// spreading over many machines, which has no single target, and an entry by
// service where there is one.
func (l *Lab) writeAllowed(path string) error {
	o := l.truth.Outbreak
	if o == nil || len(o.Allowed) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# What this hospital knows of on the day of %s.\n", l.truth.Scenario)
	for i, a := range o.Allowed {
		if a.Account != "" {
			l.writeEntry(&b, fmt.Sprintf("%s %d by account", a.Detail, i+1), a, "account", `*\`+a.Account, a.Targets, "")
			if slices.ContainsFunc(o.MayFire, func(f truth.Finding) bool { return (f.Rule == "K2" || f.Rule == "F2") && f.Source == a.Source }) {
				l.writeEntry(&b, fmt.Sprintf("%s %d on many machines", a.Detail, i+1), a, "account", `*\`+a.Account, nil, "K2 F2")
			}
		}
		if a.Service != "" {
			l.writeEntry(&b, fmt.Sprintf("%s %d by service", a.Detail, i+1), a, "service", a.Service, a.Targets, "")
		}
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

func (l *Lab) writeEntry(b *strings.Builder, name string, a truth.Allowance, key, value string, targets []string, rules string) {
	list := func(all []string) string { return "['" + strings.Join(all, "', '") + "']" }
	fmt.Fprintf(b, "\n[[allow]]\nname = %q\nwhy = %q\nsource = %s\n%s = %s\n", name, a.Detail, list([]string{l.hosts[a.Source].IP}), key, list([]string{value}))
	if len(targets) > 0 {
		var ips []string
		for _, t := range targets {
			ips = append(ips, l.hosts[t].IP)
		}
		fmt.Fprintf(b, "target = %s\n", list(ips))
	}
	if rules != "" {
		fmt.Fprintf(b, "rules = %s\n", list(strings.Fields(rules)))
	}
	if a.Until.Sub(a.From) >= 24*time.Hour {
		b.WriteString("always = true\n")
		return
	}
	fmt.Fprintf(b, "from = %q\nto = %q\n", a.From.UTC().Format("15:04"), a.Until.UTC().Add(time.Minute).Format("15:04"))
}

// allowFile is where the list of a scenario lies.
func allowFile(out, scenario string) string { return filepath.Join(out, scenario+".allow.toml") }

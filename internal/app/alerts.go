package app

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"lazaret/internal/reading"
	"lazaret/internal/report"
	"lazaret/internal/report/alerts"
	"lazaret/internal/report/collector"
	"lazaret/internal/report/stix"
	"lazaret/internal/report/terminal"
)

// formatByName finds a format of --output: of the inventory, of the incidents, or of the
// findings alone.
func formatByName(name string) (report.Format, bool) {
	if f := stix.Format(); f.Name == name {
		return f, true
	}
	if f, ok := report.ByName(name); ok {
		return f, true
	}
	return alerts.ByName(name)
}

// formatByFile finds the format of --save that a file's name asks for.
func formatByFile(file string) (report.Format, bool) {
	if f := stix.Format(); strings.HasSuffix(strings.ToLower(file), f.Suffix) {
		return f, true
	}
	return report.ByFile(file)
}

func alertNames() []string {
	var out []string
	for _, f := range alerts.Formats() {
		out = append(out, f.Name)
	}
	return out
}

func alertEndings() []string {
	var out []string
	for _, f := range alerts.Formats() {
		out = append(out, f.Suffix)
	}
	return out
}

// checkPlace finds what is wrong with the place of a file that a flag names.
func checkPlace(flag, file string) error {
	if at, err := os.Stat(file); err == nil && at.IsDir() {
		return reading.Usage(fmt.Errorf("%s %s: is a folder", flag, file))
	}
	if at, err := os.Stat(filepath.Dir(file)); err != nil || !at.IsDir() {
		return reading.Usage(fmt.Errorf("%s %s: there is no folder %s", flag, file, filepath.Dir(file)))
	}
	return nil
}

// receiver is a collector with its address as it was given.
type receiver struct {
	shown string
	*collector.Collector
}

// checkAlerts finds what is wrong with the files of --alerts and the addresses of
// --syslog before anything is read. It opens no connection.
func checkAlerts(files, addresses []string) ([]receiver, error) {
	for _, file := range files {
		if _, ok := alerts.ByFile(file); !ok {
			return nil, reading.Usage(fmt.Errorf("--alerts %s: the name ends in none of %s; --output has the same formats for standard output",
				file, strings.Join(alertEndings(), " ")))
		}
		if err := checkPlace("--alerts", file); err != nil {
			return nil, err
		}
	}
	var out []receiver
	for _, a := range addresses {
		c, err := collector.New(a)
		if err != nil {
			return nil, reading.Usage(fmt.Errorf("--syslog %s: %w", a, err))
		}
		out = append(out, receiver{a, c})
	}
	return out, nil
}

// saveAlerts writes the files of --alerts, each whole or not at all. One that cannot be
// written keeps none of the others from being; the error is that of the first.
func saveAlerts(d *report.Document, files []string) (first error) {
	for _, file := range files {
		f, _ := alerts.ByFile(file)
		if err := reading.WriteWhole(file, func(w io.Writer) error { return f.Write(w, d) }); err != nil {
			first = cmp.Or(first, fmt.Errorf("--alerts %s: %w", file, reading.Bare(err)))
		}
	}
	return first
}

// sendAlerts sends the findings to every collector. One that cannot be reached keeps none
// of the others from being; the error is that of the first.
func sendAlerts(d *report.Document, list []receiver) (first error) {
	host, err := os.Hostname()
	if err != nil {
		host = ""
	}
	for _, c := range list {
		if sent, err := c.Send(d, host); err != nil {
			first = cmp.Or(first, fmt.Errorf("--syslog %s: %d of %s sent: %w", c.shown, sent, terminal.Plural(len(d.Findings), "finding"), err))
		}
	}
	return first
}

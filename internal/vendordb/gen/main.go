// Command gen writes data/oui.csv.gz of package vendordb from the unpacked npm
// package oui-data (BSD-2-Clause), which carries the IEEE registries MA-L, MA-M
// and MA-S.
//
// It keeps of each entry the prefix and the first line of the address, which is
// the organisation; the rest of the address is dropped. One line of the result
// is one organisation with all its prefixes, lines are sorted, and the
// compressed file carries neither name nor time: the same input gives the same
// bytes. It reads nothing but the folder it was given and writes nothing but
// the file it was given.
//
// Usage: gen FOLDER FILE
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: gen FOLDER FILE")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run reads the package in folder and writes the table to file.
func run(folder, file string) error {
	var pack struct{ Version, License string }
	if err := readJSON(filepath.Join(folder, "package.json"), &pack); err != nil {
		return err
	}
	entries := map[string]string{}
	if err := readJSON(filepath.Join(folder, "index.json"), &entries); err != nil {
		return err
	}
	text, err := table(pack.Version, pack.License, entries)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(text); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

func readJSON(name string, v any) error {
	b, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// table makes the text of the table: a comment head, then a line for each
// organisation.
func table(version, licence string, entries map[string]string) ([]byte, error) {
	orgs := map[string][]string{}
	for prefix, address := range entries {
		first, _, _ := strings.Cut(address, "\n")
		org := strings.Join(strings.Fields(first), " ")
		prefix = strings.ToUpper(prefix)
		if org == "" || strings.Trim(prefix, "0123456789ABCDEF") != "" {
			return nil, fmt.Errorf("entry %q: %q", prefix, address)
		}
		switch len(prefix) {
		case 6, 7, 9:
			orgs[org] = append(orgs[org], prefix)
		default:
			return nil, fmt.Errorf("entry %q: length %d", prefix, len(prefix))
		}
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "# IEEE registries MA-L, MA-M and MA-S: %d assignments of %d organisations\n", len(entries), len(orgs))
	fmt.Fprintf(&b, "# source: npm oui-data %s; licence: %s; written by gen\n", version, licence)
	for _, org := range slices.Sorted(maps.Keys(orgs)) {
		slices.Sort(orgs[org])
		fmt.Fprintf(&b, "%s,%s\n", strings.Join(orgs[org], " "), org)
	}
	return b.Bytes(), nil
}

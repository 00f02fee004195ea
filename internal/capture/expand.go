package capture

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
)

// Expand turns the arguments of a command line into the files to read. A file is
// taken as it is. A directory is walked, and of the files below it those are
// taken, in sorted order, whose first bytes are those of a capture or of a
// compressed capture. "-" is standard input. A path named twice is read once.
//
// The faults are directories without captures and what could not be looked at.
func Expand(cfg Config, paths []string) ([]string, []Fault) {
	var files []string
	var faults []Fault
	seen := make(map[string]bool, len(paths))
	add := func(path string) {
		if key := filepath.Clean(path); !seen[key] {
			seen[key] = true
			files = append(files, path)
		}
	}
	for _, path := range paths {
		if path == "-" {
			add(path)
			continue
		}
		st, err := os.Stat(path)
		switch {
		case err != nil:
			faults = append(faults, unreadable(path, err))
		case !st.IsDir():
			add(path)
		default:
			found, bad := walk(cfg, path)
			for _, f := range found {
				add(f)
			}
			faults = append(faults, bad...)
			if len(found) == 0 {
				faults = append(faults, Fault{
					File: path, Class: Empty, Count: 1, Fatal: true,
					Reason: "directory without captures",
				})
			}
		}
	}
	return files, faults
}

// walk finds the captures below a directory. Links to files are followed, links
// to directories are not, and pipes and devices are left alone.
func walk(cfg Config, root string) (files []string, faults []Fault) {
	_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			faults = append(faults, unreadable(path, err))
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		st, err := os.Stat(path)
		if err != nil {
			faults = append(faults, unreadable(path, err))
			return nil
		}
		if !st.Mode().IsRegular() || st.Size() == 0 {
			return nil
		}
		ok, err := sniff(cfg, path)
		if err != nil {
			faults = append(faults, unreadable(path, err))
		}
		if ok {
			files = append(files, path)
		}
		return nil
	})
	slices.Sort(files)
	return files, faults
}

// sniff tells whether a file starts as a capture, decompressed if need be.
func sniff(cfg Config, path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var head [12]byte
	n, err := f.ReadAt(head[:], 0)
	if err != nil && err != io.EOF {
		return false, err
	}
	if !isGzip(head[:n]) && !isZstd(head[:n]) {
		return startsCapture(head[:n]), nil
	}
	in, err := stream(f, cfg, nil, new(atomic.Int64))
	if err != nil {
		return false, nil // a broken stream is no capture
	}
	defer in.close()
	n, _ = io.ReadFull(in.r, head[:])
	return startsCapture(head[:n]), nil
}

func startsCapture(b []byte) bool {
	_, _, ok := magic(b)
	return ok || hasSection(b)
}

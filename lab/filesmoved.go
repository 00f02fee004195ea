package main

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"lazaret/lab/truth"
)

// sample is a file on disk that is going to be moved.
type sample struct {
	path string
	size int64
	sha  string
	md5  string
}

// sample writes a file of the given bytes.
func (l *Lab) sample(name string, b []byte) (sample, error) {
	path, err := l.file(filepath.Join("samples", name), string(b))
	if err != nil {
		return sample{}, err
	}
	return measure(path)
}

// measure hashes a file that is on disk.
func measure(path string) (sample, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return sample{}, err
	}
	sha, sum := sha256.Sum256(b), md5.Sum(b)
	return sample{path, int64(len(b)), hex.EncodeToString(sha[:]), hex.EncodeToString(sum[:])}, nil
}

// arrived fails unless the file at path is the sample.
func (s sample) arrived(path string) error {
	got, err := measure(path)
	if err == nil && got.sha != s.sha {
		err = fmt.Errorf("%s has %d bytes, SHA-256 %s; %d bytes and %s were sent", path, got.size, got.sha, s.size, s.sha)
	}
	return err
}

// moved notes a file that crossed the network, up to the server or down from
// it.
func (l *Lab) moved(f truth.MovedFile, s sample, up bool) {
	f.Size, f.SHA256, f.MD5 = s.size, s.sha, s.md5
	f.Sender, f.Receiver = f.Client, f.Server
	if !up {
		f.Sender, f.Receiver = f.Server, f.Client
	}
	f.Complete = f.Refused == "" && f.Seen == 0
	l.mu.Lock()
	defer l.mu.Unlock()
	l.truth.Files = append(l.truth.Files, f)
}

// report is one line of a scripted peer in peers/*.py: what it did, with the
// truth's keys.
type report struct {
	Tree *truth.SMBTree      `json:"tree"`
	Op   *truth.SMBOperation `json:"op"`
	File *struct {
		Share, Path, SHA256, MD5, Detail, Refused string
		Size, Seen                                int64
		Up                                        bool
		Connections                               int
	} `json:"file"`
	Call  *truth.RPCCall `json:"call"`
	Logon *truth.Logon   `json:"logon"`
	Done  bool           `json:"done"`
	Error string         `json:"error"`
}

// python runs a Python peer on a host and returns what it reports. Debian's
// own Python has the libraries.
func (l *Lab) python(from, play string, job map[string]any, name string, more ...string) ([]report, error) {
	file, err := l.jobFile(name, job)
	if err != nil {
		return nil, err
	}
	argv := append([]string{"timeout", "-k", "2", "50", "/usr/bin/python3", filepath.Join(l.peers, name+".py"), play, file}, more...)
	h := l.hosts[from]
	argv = l.alone(h, append([]string{"env", "PYTHONDONTWRITEBYTECODE=1", "PYTHONWARNINGS=ignore"}, argv...)...)
	out, err := l.run(h, argv[0], argv[1:]...)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, tail(out, 3000))
	}
	return reports(out)
}

// reports are the lines of a peer that are JSON; the last says that it is
// done.
func reports(out string) (all []report, err error) {
	done := false
	for line := range strings.Lines(out) {
		if !strings.HasPrefix(line, "{") {
			continue
		}
		var r report
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return nil, fmt.Errorf("%w in %s", err, line)
		}
		if r.Error != "" {
			return nil, fmt.Errorf("peer: %s", r.Error)
		}
		done = done || r.Done
		all = append(all, r)
	}
	if !done {
		return nil, fmt.Errorf("the peer did not end well:\n%s", tail(out, 2000))
	}
	return all, nil
}

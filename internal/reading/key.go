package reading

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
)

// keySize is the length of a key that is made here, in bytes.
const keySize = 32

// SiteKey reads the secret for pseudonyms, or makes it at first use. With the
// same key the same patient has the same pseudonym in every run; without it a
// pseudonym leads nowhere. When no key can be kept, one for this run only is
// used, and note says so.
func SiteKey(path string) (key []byte, note string, err error) {
	named := path != ""
	if !named {
		dir, err := os.UserConfigDir()
		if err != nil {
			return runKey(err)
		}
		path = filepath.Join(dir, "lazaret", "site.key")
	}
	key, err = os.ReadFile(path)
	switch {
	case err == nil && len(key) < 16:
		return nil, "", Usage(fmt.Errorf("site.key: %s has %d bytes, fewer than 16", path, len(key)))
	case err == nil:
		return key, "", nil
	case named || !errors.Is(err, fs.ErrNotExist):
		if named {
			return nil, "", Usage(fmt.Errorf("site.key: %w", err))
		}
		return runKey(err)
	}
	key = make([]byte, keySize)
	rand.Read(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return runKey(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) { // another run was faster
		return SiteKey(path)
	}
	if err != nil {
		return runKey(err)
	}
	if _, err = f.Write(key); err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(path) // half a key would be taken for a whole one
		return runKey(err)
	}
	return key, "made the key for pseudonyms: " + path, nil
}

func runKey(why error) ([]byte, string, error) {
	key := make([]byte, keySize)
	rand.Read(key)
	return key, fmt.Sprintf("no key file for pseudonyms (%v): those of this run compare with no other", why), nil
}

// Version is what the build recorded of its source.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (v == "" || v == "(devel)") {
			v = s.Value
		}
	}
	return v + " " + info.GoVersion
}

package petest

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Corpus lists programs of Windows that the machine has: those of the directories that
// LAZARET_PROGRAMS names (a colon between), else of where Debian's packages put them
// (wine, mingw-w64, nsis, python3-distlib). Without any the test is skipped. Each file
// is at most limit bytes long; the order is that of the paths.
func Corpus(tb testing.TB, limit int64) []string {
	tb.Helper()
	dirs := filepath.SplitList(os.Getenv("LAZARET_PROGRAMS"))
	if len(dirs) == 0 {
		dirs = []string{
			"/usr/lib/x86_64-linux-gnu/wine", "/usr/share/nsis", "/usr/lib/gcc/x86_64-w64-mingw32", "/usr/lib/gcc/i686-w64-mingw32",
			"/usr/x86_64-w64-mingw32", "/usr/i686-w64-mingw32", "/usr/share/win32", "/usr/share/win64", "/usr/lib/systemd/boot/efi",
			"/usr/lib/python3/dist-packages/distlib", "/usr/lib/python3/dist-packages/setuptools",
		}
	}
	var files []string
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil
			}
			switch strings.ToLower(filepath.Ext(path)) {
			case ".dll", ".exe", ".efi", ".sys", ".drv", ".ocx", ".cpl", ".acm", ".ax":
			default:
				return nil
			}
			if info, err := d.Info(); err == nil && info.Size() <= limit {
				files = append(files, path)
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	if len(files) == 0 {
		tb.Skip("no programs of Windows here: install Debian's libwine or nsis-common, or set LAZARET_PROGRAMS")
	}
	return files
}

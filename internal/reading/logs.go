package reading

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"lazaret/internal/event"
)

// logs writes records as JSON lines, one file per log, made when its first
// record comes. The goroutine that emits owns it.
type logs struct {
	dir   string
	files map[*event.Schema]*logFile
	buf   []byte
	err   error // the first error; later records are not tried
}

type logFile struct {
	f *os.File
	w *bufio.Writer
}

// openLogs makes the folder. An empty dir means that no logs are wanted.
func openLogs(dir string) (*logs, error) {
	if dir == "" {
		return nil, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("--logs: %w", err)
	}
	return &logs{dir: dir, files: map[*event.Schema]*logFile{}}, nil
}

func (l *logs) write(r *event.Record) {
	if l == nil || l.err != nil {
		return
	}
	s := r.Body.Schema()
	f := l.files[s]
	if f == nil {
		file, err := os.Create(filepath.Join(l.dir, s.Name+".log"))
		if err != nil {
			l.err = err
			return
		}
		f = &logFile{file, bufio.NewWriterSize(file, 64<<10)}
		l.files[s] = f
	}
	l.buf = append(r.AppendJSON(l.buf[:0]), '\n')
	if _, err := f.w.Write(l.buf); err != nil {
		l.err = err
	}
}

// close writes out what is buffered and returns the first error of all.
func (l *logs) close() error {
	if l == nil {
		return nil
	}
	err := l.err
	for _, f := range l.files {
		err = errors.Join(err, f.w.Flush(), f.f.Close())
	}
	if err != nil {
		return fmt.Errorf("--logs: %w", err)
	}
	return nil
}

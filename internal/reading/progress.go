package reading

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"

	"lazaret/internal/report"
)

// bar draws the progress of a long read on a terminal, and nothing in a pipe.
type bar struct {
	w     io.Writer
	stop  chan struct{}
	ended chan struct{}
}

// startBar begins to draw when w is a terminal. read gives the bytes done and
// the total, which is negative when unknown.
func startBar(w io.Writer, read func() (done, total int64)) *bar {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	b := &bar{w: w, stop: make(chan struct{}), ended: make(chan struct{})}
	go b.run(read, func() int {
		width, _, err := term.GetSize(int(f.Fd()))
		if err != nil {
			return 80
		}
		return width
	})
	return b
}

func (b *bar) run(read func() (done, total int64), width func() int) {
	defer close(b.ended)
	start := time.Now()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-b.stop:
			fmt.Fprintf(b.w, "\r\x1b[K")
			return
		case <-tick.C:
			done, total := read()
			fmt.Fprintf(b.w, "\r\x1b[K%s", barLine(done, total, time.Since(start), width()))
		}
	}
}

// close wipes the bar.
func (b *bar) close() {
	if b != nil {
		close(b.stop)
		<-b.ended
	}
}

// barLine is one state of the bar, at most width characters.
func barLine(done, total int64, spent time.Duration, width int) string {
	rate := float64(done) / max(spent.Seconds(), 0.001)
	text := fmt.Sprintf("%s  %s/s", report.Size(uint64(max(done, 0))), report.Size(uint64(max(rate, 0))))
	if total > 0 {
		left := "--"
		if rate > 0 {
			left = time.Duration(float64(total-done) / rate * float64(time.Second)).Round(time.Second).String()
		}
		text = fmt.Sprintf("%3d%%  %s of %s  %s/s  %s left", done*100/total,
			report.Size(uint64(max(done, 0))), report.Size(uint64(total)), report.Size(uint64(max(rate, 0))), left)
		if n := width - len(text) - 4; n >= 10 {
			n = min(n, 40)
			full := int(done * int64(n) / total)
			text = "[" + strings.Repeat("=", min(full, n)) + strings.Repeat(" ", max(n-full, 0)) + "] " + text
		}
	}
	return text[:min(len(text), max(width-1, 0))]
}

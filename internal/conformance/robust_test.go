package conformance

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lazaret/internal/sensor"
)

// deadline is how long the sensor may take over one shared capture; the longest
// takes a fraction of a second.
const deadline = time.Minute

// narrow is a configuration with the smallest budgets that are accepted.
func narrow() sensor.Config {
	cfg := sensor.DefaultConfig()
	cfg.Flow.Max = 1024
	cfg.Stream.Memory, cfg.Stream.Held, cfg.Stream.Pieces = 1<<20, 1<<10, 1
	cfg.Stream.Patience = 0
	cfg.Weirds = 1
	return cfg
}

// readWith sends a capture through the sensor and gives all records as text.
func readWith(t *testing.T, path string, cfg sensor.Config) ([]byte, *sensor.Stats) {
	t.Helper()
	type result struct {
		r   *reading
		err error
	}
	done := make(chan result, 1)
	go func() {
		r, err := run(path, cfg)
		done <- result{r, err}
	}()
	select {
	case d := <-done:
		if d.err != nil {
			t.Errorf("%s: %v", path, d.err)
		}
		return d.r.text, d.r.stats
	case <-time.After(deadline):
		t.Fatalf("%s: not read within %v", path, deadline)
		return nil, nil
	}
}

// TestRobust reads every file of the shared captures, those that are none
// included: without panic, within time and budgets, and with the same records
// for 1 and 4 workers, with ordinary and with the narrowest budgets.
func TestRobust(t *testing.T) {
	dir := shared(t, "pcaps")
	files, records := 0, 0
	for _, name := range under(t, dir, "") {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			continue
		}
		files++
		for _, base := range []sensor.Config{sensor.DefaultConfig(), narrow()} {
			var first []byte
			for i, workers := range []int{1, 4} {
				cfg := base
				cfg.Workers = workers
				text, st := readWith(t, path, cfg)
				withinBudget(t, name, cfg, st)
				if i == 0 {
					first = text
				} else if !bytes.Equal(first, text) {
					t.Errorf("%s: 1 and %d workers differ: %s", name, workers, firstDifference(first, text))
				}
				records += bytes.Count(text, []byte{'\n'})
			}
		}
	}
	t.Logf("%d files read four times, %d records", files, records)
	if files == 0 {
		t.Error("no file was read")
	}
}

func withinBudget(t *testing.T, name string, cfg sensor.Config, st *sensor.Stats) {
	t.Helper()
	if st.Panics > 0 {
		t.Errorf("%s: %d panics: %s", name, st.Panics, st.Stack)
	}
	// Every shard has its own part; a part has at least 16 conversations and
	// 64 KiB, and may pass its bytes by the one segment that makes it shed.
	if most := max(cfg.Flow.Max/sensor.Shards, 16) * sensor.Shards; st.PeakOpen > most {
		t.Errorf("%s: %d conversations open, allowed are %d", name, st.PeakOpen, most)
	}
	if most := (max(cfg.Stream.Memory/sensor.Shards, 64<<10) + 128<<10) * sensor.Shards; st.Stream.Peak > most {
		t.Errorf("%s: %d bytes held, allowed are %d", name, st.Stream.Peak, most)
	}
}

func firstDifference(a, b []byte) string {
	x, y := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return x[i] + "\n" + y[i]
		}
	}
	return "one has more records"
}

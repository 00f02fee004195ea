package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// rulesBout is what the sub-command rules was asked to do.
type rulesBout struct {
	bout
	sigma, before string
}

// rulesRun is the sub-command rules: what everything that can be looked for costs on the
// capture of a hospital.
func rulesRun(args []string) error {
	b := rulesBout{bout: bout{size: 2e9}}
	fs := flag.NewFlagSet("rules", flag.ContinueOnError)
	fs.StringVar(&b.dir, "dir", "bench-data", "`DIR` for the capture, rules and indicators")
	fs.IntVar(&b.runs, "runs", 5, "rounds, in which all take turns")
	fs.StringVar(&b.cores, "cores", "0,1", "`LIST` of cores for every program, as taskset takes it")
	fs.Uint64Var(&b.seed, "seed", 1, "`N` for the capture, the rules and the indicators")
	fs.StringVar(&b.sigma, "sigma", "", "also with the rules of Sigma in `DIR`")
	fs.StringVar(&b.before, "before", "", "beside an older `PROGRAM` that has no findings")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if b.runs < 1 || b.runs > 100 {
		return fmt.Errorf("-runs: %d is not between 1 and 100", b.runs)
	}
	list, err := b.programs()
	if err != nil {
		return err
	}
	runs := make([]series, len(list))
	for i, p := range list {
		runs[i].Program = p
	}
	for round := range b.runs {
		for k := range runs {
			s := &runs[(k+round)%len(runs)]
			t, err := measure(s.Program, b.cores)
			if err != nil {
				return err
			}
			s.Runs = append(s.Runs, t)
		}
	}
	b.tell(runs)
	return nil
}

// programs makes what is missing, and says what to run: the last is everything over a
// capture without a frame, which is what loading costs.
func (b *rulesBout) programs() ([]program, error) {
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return nil, err
	}
	bin, err := b.build()
	if err != nil {
		return nil, err
	}
	big, list, yara, empty := filepath.Join(b.dir, "hospital.pcap"), filepath.Join(b.dir, "indicators.txt"), filepath.Join(b.dir, "rules.yar"), filepath.Join(b.dir, "empty.pcap")
	header := []byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x01\x00\x00\x00")
	rng := rand.New(rand.NewPCG(b.seed, 5))
	if err := errors.Join(b.need(big, ward, b.size), writeIndicators(list, rng), writeYARA(yara, rng), os.WriteFile(empty, header, 0o644)); err != nil {
		return nil, err
	}
	everything := []string{"--rules", yara, "--intel", list}
	if b.sigma != "" {
		everything = append(everything, "--rules", b.sigma)
	}
	out := []program{{Name: "read", Args: []string{bin, "read", big}}}
	if b.before != "" {
		out = append(out, program{Name: "before findings", Args: []string{b.before, "read", big}})
	}
	return append(out, program{Name: "everything on", Args: append([]string{bin, "read", big}, everything...)},
		program{Name: "loading alone", Args: append([]string{bin, "read", empty}, everything...)}), nil
}

// tell prints medians, and what everything adds to reading once it is loaded.
func (b *rulesBout) tell(runs []series) {
	middle := map[string]timing{}
	for i := range runs {
		s := &runs[i]
		_, w, _ := s.spread(wall)
		_, c, _ := s.spread(cpu)
		_, m, _ := s.spread(rssMiB)
		middle[s.Program.Name] = timing{Wall: w, CPU: c}
		fmt.Printf("%-16s %7.3f s wall %7.3f s CPU %7.1f MiB\n", s.Program.Name, w, c, m)
	}
	all, loading := middle["everything on"], middle["loading alone"]
	for _, name := range []string{"read", "before findings"} {
		if base, ok := middle[name]; ok {
			fmt.Printf("once it is loaded, everything adds %.0f %% of wall time and %.0f %% of CPU to %q\n",
				100*(all.Wall-loading.Wall-base.Wall)/base.Wall, 100*(all.CPU-loading.CPU-base.CPU)/base.CPU, name)
		}
	}
}

// indicators is how many there are: hashes, names, addresses and places.
const indicators = 1_000_000

func writeIndicators(name string, rng *rand.Rand) error {
	return writeLines(name, func(w *bufio.Writer) {
		for i := range indicators {
			switch i % 10 {
			case 0, 1, 2, 3:
				fmt.Fprintf(w, "%016x%016x%016x%016x\n", rng.Uint64(), rng.Uint64(), rng.Uint64(), rng.Uint64())
			case 4, 5, 6:
				fmt.Fprintf(w, "w%d.host%d.example-%d.net\n", i, i%977, i%31)
			case 7, 8:
				fmt.Fprintf(w, "198.%d.%d.%d\n", 20+i>>20&63, i>>8&255, i&255)
			default:
				fmt.Fprintf(w, "https://h%d.example-%d.org/path/%x\n", i, i%31, rng.Uint32())
			}
		}
	})
}

// writeYARA makes twenty rules with a hundred strings: text, bytes and expressions.
func writeYARA(name string, rng *rand.Rand) error {
	word := func() string {
		s := make([]byte, 8+rng.IntN(16))
		for i := range s {
			s[i] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"[rng.IntN(63)]
		}
		return string(s)
	}
	return writeLines(name, func(w *bufio.Writer) {
		for r := range 20 {
			fmt.Fprintf(w, "rule made_%d {\n  strings:\n", r)
			for i, how := range []string{"", " nocase", " wide ascii"} {
				fmt.Fprintf(w, "    $t%d = %q%s\n", i, word(), how)
			}
			fmt.Fprintf(w, "    $h = { %02x %02x %02x ?? %02x %02x [2-4] %02x %02x }\n", rng.IntN(256), rng.IntN(256), rng.IntN(256), rng.IntN(256), rng.IntN(256), rng.IntN(256), rng.IntN(256))
			fmt.Fprintf(w, "    $x = /[a-f]{4}%s[0-9]{2,5}/\n  condition: 2 of ($t*) or $h or $x and filesize < 5MB\n}\n", word()[:6])
		}
	})
}

func writeLines(name string, fill func(*bufio.Writer)) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	fill(w)
	return errors.Join(w.Flush(), f.Close())
}

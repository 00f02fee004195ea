package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// bout is what the sub-command run was asked to do.
type bout struct {
	dir   string
	runs  int
	cores string
	size  int64
	seed  uint64
	slice int64
	yaml  string
	smb   int64
	only  bool
}

// run is the sub-command run: pairs of timed runs and the memory under a storm.
func run(args []string) error {
	var b bout
	var size, slice, smb string
	fs := flag.NewFlagSet("run", flag.ContinueOnError)
	fs.StringVar(&b.dir, "dir", "bench-data", "`DIR` for captures, logs and results")
	fs.IntVar(&b.runs, "runs", 5, "pairs per comparison")
	fs.StringVar(&b.cores, "cores", "0,1", "`LIST` of cores for every program, as taskset takes it")
	fs.StringVar(&size, "size", "2GB", "`BYTES` of the capture, if it has to be made")
	fs.Uint64Var(&b.seed, "seed", 1, "`N` for the capture, if it has to be made")
	fs.StringVar(&slice, "slice", "20MB", "`BYTES` of the capture that tshark -V gets")
	fs.StringVar(&b.yaml, "suricata", "/etc/suricata/suricata.yaml", "Suricata's configuration `FILE`")
	fs.StringVar(&smb, "smb", "1GB", "`BYTES` of the capture of SMB, if it has to be made")
	fs.BoolVar(&b.only, "only-smb", false, "measure nothing but the capture of SMB")
	if err := fs.Parse(args); err != nil {
		return err
	}
	var err, err2, err3 error
	b.size, err = parseSize(size)
	b.slice, err2 = parseSize(slice)
	b.smb, err3 = parseSize(smb)
	if err = errors.Join(err, err2, err3); err != nil {
		return err
	}
	if b.runs < 1 || b.runs > 100 {
		return fmt.Errorf("-runs: %d is not between 1 and 100", b.runs)
	}
	rep, err := b.all()
	if err != nil {
		return err
	}
	if err := rep.save(filepath.Join(b.dir, "result.json")); err != nil {
		return err
	}
	rep.print(os.Stdout)
	return nil
}

// all makes what is missing and runs every comparison.
func (b *bout) all() (*report, error) {
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return nil, err
	}
	bin, err := b.build()
	if err != nil {
		return nil, err
	}
	rep := &report{Cores: b.cores, Runs: b.runs, Load: []string{load()}}
	if !b.only {
		err = b.hospital(rep, bin)
	}
	if err == nil {
		err = b.office(rep, bin)
	}
	rep.Load = append(rep.Load, load())
	return rep, err
}

// build makes the program as it is released, and says where it is.
func (b *bout) build() (string, error) {
	bin := filepath.Join(b.dir, "lazaret")
	build := exec.Command("go", "build", "-trimpath", "-o", bin, "./cmd/lazaret")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build lazaret: %w: %s", err, tail(string(out)))
	}
	return filepath.Abs(bin)
}

// hospital runs the comparisons on the hospital, and the storm.
func (b *bout) hospital(rep *report, bin string) error {
	big, tempest := filepath.Join(b.dir, "hospital.pcap"), filepath.Join(b.dir, "storm.pcap")
	if err := errors.Join(b.need(big, ward, b.size), b.need(tempest, gale, b.size)); err != nil {
		return err
	}
	cut := filepath.Join(b.dir, "slice.pcap")
	if err := head(big, cut, b.slice); err != nil {
		return err
	}
	bare := filepath.Join(b.dir, "bare.toml")
	if err := os.WriteFile(bare, []byte("[sensor.files]\nfollow = false\n"), 0o644); err != nil {
		return err
	}
	// Neither capinfos nor Suricata with its own settings nor tshark follows files.
	ours := b.lazaret(bin, big)
	ours.Args = append(ours.Args, "--config", bare)
	for _, p := range []program{
		{Name: "lazaret, files too", Args: b.lazaret(bin, big).Args, dir: b.lazaret(bin, big).dir},
		{Name: "capinfos -c", Args: []string{"capinfos", "-c", big}},
		{Name: "suricata", Args: []string{"suricata", "-c", b.yaml, "-r", big, "-S", "/dev/null", "-l", filepath.Join(b.dir, "suricata")}, dir: filepath.Join(b.dir, "suricata")},
		{Name: "tshark -V", Args: []string{"tshark", "-V", "-n", "-r", cut}},
	} {
		file := big
		if p.Name == "tshark -V" {
			file = cut
		}
		if err := b.pairs(rep, ours, big, p, file, wanted[p.Name]); err != nil {
			return err
		}
	}
	return b.storm(rep, bin, tempest)
}

// wanted are the ratios of throughput to reach. The faster of Suricata's two ways of
// reading a file is the one to compare with.
var wanted = map[string]float64{
	"suricata": 3.5, "capinfos -c": 1 / 1.5, "tshark -V": 100, "suricata autofp": 3, "suricata single": 3,
}

// office runs the comparisons on the capture of SMB: Suricata with its logs of SMB,
// DCE/RPC and files with hashes, and no others.
func (b *bout) office(rep *report, bin string) error {
	file, dir := filepath.Join(b.dir, "office.pcap"), filepath.Join(b.dir, "suricata")
	if err := b.need(file, bureau, b.smb); err != nil {
		return err
	}
	conf := filepath.Join(b.dir, "suricata-smb.yaml")
	if err := os.WriteFile(conf, suricataSMB, 0o644); err != nil {
		return err
	}
	for _, mode := range []string{"autofp", "single"} {
		p := program{Name: "suricata " + mode, dir: dir,
			Args: []string{"suricata", "-c", conf, "-r", file, "-S", "/dev/null", "-l", dir, "--runmode", mode}}
		if err := b.pairs(rep, b.lazaret(bin, file), file, p, file, wanted[p.Name]); err != nil {
			return err
		}
	}
	return nil
}

//go:embed suricata-smb.yaml
var suricataSMB []byte

// need makes a capture that is not there, and reads it once into the page cache.
func (b *bout) need(path string, s scene, size int64) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := generateFile(path, size, b.seed, s); err != nil {
			return err
		}
	}
	return warm(path)
}

func warm(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(onlyWriter{}, f)
	return err
}

// onlyWriter swallows bytes after they were read; io.Discard would let the
// copy be left out.
type onlyWriter struct{}

func (onlyWriter) Write(b []byte) (int, error) { return len(b), nil }

// lazaret is the command that all others are compared with.
func (b *bout) lazaret(bin, file string) program {
	dir := filepath.Join(b.dir, "logs")
	return program{Name: "lazaret read", Args: []string{bin, "read", "--logs", dir, file}, dir: dir}
}

// pairs runs two programs in turns; which is first changes from pair to pair.
func (b *bout) pairs(rep *report, ours program, ourFile string, p program, file string, wanted float64) error {
	c := comparison{Wanted: wanted, Ours: series{Program: ours}, Other: series{Program: p}}
	c.Ours.Bytes, c.Other.Bytes = fileSize(ourFile), fileSize(file)
	if _, err := exec.LookPath(p.Args[0]); err != nil {
		c.Missing = err.Error()
		rep.Pairs = append(rep.Pairs, c)
		return nil
	}
	for i := range b.runs {
		order := []*series{&c.Ours, &c.Other}
		if i%2 == 1 {
			order[0], order[1] = order[1], order[0]
		}
		for _, s := range order {
			if err := warm(file); err != nil {
				return err
			}
			t, err := measure(s.Program, b.cores)
			if err != nil {
				return err
			}
			s.Runs = append(s.Runs, t)
			fmt.Fprintf(os.Stderr, "%-14s %7.3f s wall %7.3f s CPU %6.1f MiB\n", s.Program.Name, t.Wall, t.CPU, mib(t.PeakRSS))
		}
	}
	rep.Pairs = append(rep.Pairs, c)
	return nil
}

// storm reads the storm and counts the records of its conversations.
func (b *bout) storm(rep *report, bin, file string) error {
	p := b.lazaret(bin, file)
	rep.Storm.Series = series{Program: p, Bytes: fileSize(file)}
	rep.Storm.Flows = stormFlows
	for range min(b.runs, 3) { // memory hardly differs from run to run
		t, err := measure(p, b.cores)
		if err != nil {
			return err
		}
		rep.Storm.Series.Runs = append(rep.Storm.Series.Runs, t)
		fmt.Fprintf(os.Stderr, "%-14s %7.3f s wall %7.3f s CPU %6.1f MiB of its own\n", "storm", t.Wall, t.CPU, mib(t.PeakAnon))
	}
	n, err := lines(filepath.Join(p.dir, "conn.log"))
	rep.Storm.Records = n
	return err
}

func fileSize(path string) int64 {
	st, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return st.Size()
}

// lines counts the lines of a file.
func lines(path string) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	buf, n := make([]byte, 1<<20), 0
	for {
		k, err := f.Read(buf)
		for _, c := range buf[:k] {
			if c == '\n' {
				n++
			}
		}
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// load is the load average of the machine.
func load() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}

package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"lazaret/lab/epidemic"
)

// Markers of the figures in the document.
const (
	studyBegin = "<!-- study -->\n"
	studyEnd   = "<!-- /study -->"
)

// traceStudy traces made-up outbreaks, and writes how well into a document.
func traceStudy(args []string) error {
	f := flag.NewFlagSet("trace", flag.ContinueOnError)
	runs := f.Int("runs", 1000, "outbreaks of each setting")
	doc := f.String("doc", "", "write the figures between the marks of this file instead of printing them")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *runs < 1 {
		return fmt.Errorf("-runs: %d is less than 1", *runs)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%d outbreaks of each setting.\n\n", *runs)
	out.WriteString("| setting | infected, mean | precision | recall | entry first | entry in three | error of edges | of entries | of devices | R held | ms a run |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	var edges, entries epidemic.Scale
	for _, c := range epidemic.Cases {
		begun := time.Now()
		fmt.Fprintln(os.Stderr, c.Name)
		s, err := c.Run(*runs)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
		fmt.Fprintf(&out, "| %s | %.1f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.3f | %.0f |\n", c.Name, float64(s.Sizes)/float64(s.Runs),
			s.Precision(), s.Recall(), s.AtFirst(), s.AmongThree(), s.Edges.Error(), s.Entries.Error(), s.Infected.Error(), s.Holds(), float64(time.Since(begun).Milliseconds())/float64(s.Runs))
		edges.Join(&s.Edges)
		entries.Join(&s.Entries)
	}
	out.WriteString("\nWhat was said, and how often it was so, over all settings:\n\n| chance | edges said | mean chance | were so | entries said | mean chance | were so |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for k := range edges.Count {
		fmt.Fprintf(&out, "| %.1f to %.1f | %d | %.3f | %.3f | %d | %.3f | %.3f |\n", float64(k)/10, float64(k+1)/10,
			edges.Count[k], ratio(edges.Said[k], edges.Count[k]), ratio(float64(edges.Came[k]), edges.Count[k]),
			entries.Count[k], ratio(entries.Said[k], entries.Count[k]), ratio(float64(entries.Came[k]), entries.Count[k]))
	}
	if *doc == "" {
		fmt.Print(out.String())
		return nil
	}
	return intoDoc(*doc, out.String())
}

func ratio(x float64, n int) float64 { return x / float64(max(n, 1)) }

// intoDoc puts the figures between the marks of a document.
func intoDoc(name, figures string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(text), studyBegin)
	_, tail, ok2 := strings.Cut(rest, studyEnd)
	if !ok || !ok2 {
		return fmt.Errorf("%s has no marks for the figures", name)
	}
	return os.WriteFile(name, []byte(head+studyBegin+"\n"+figures+"\n"+studyEnd+tail), 0o644)
}

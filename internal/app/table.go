package app

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// table prints columns that fit a width: when they do not, the widest column is
// narrowed first, and a cell that was cut ends in an ellipsis.
type table struct {
	head []string
	rows [][]string
}

const (
	gutter    = 2
	narrowest = 4
)

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// widths returns the width of each column; 0 leaves a column out because all of
// its cells are empty.
func (t *table) widths(total int) []int {
	w := make([]int, len(t.head))
	for _, row := range t.rows {
		for i, c := range row {
			w[i] = max(w[i], utf8.RuneCountInString(c))
		}
	}
	sum := -gutter
	for i := range w {
		if w[i] > 0 {
			w[i] = max(w[i], utf8.RuneCountInString(t.head[i]))
			sum += w[i] + gutter
		}
	}
	for total > 0 && sum > total {
		widest := 0
		for i := range w {
			if w[i] > w[widest] {
				widest = i
			}
		}
		if w[widest] <= narrowest {
			break
		}
		w[widest]--
		sum--
	}
	return w
}

func (t *table) print(w io.Writer, total int) error {
	width := t.widths(total)
	var b strings.Builder
	line := func(cells []string) {
		pad := 0
		for i, c := range cells {
			if width[i] == 0 {
				continue
			}
			c = fit(c, width[i])
			b.WriteString(strings.Repeat(" ", pad))
			b.WriteString(c)
			pad = width[i] - utf8.RuneCountInString(c) + gutter
		}
		b.WriteByte('\n')
	}
	line(t.head)
	for _, r := range t.rows {
		line(r)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fit cuts text to n characters.
func fit(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	r := []rune(s)
	return string(r[:n-1]) + "…"
}

// widthOf is the width of the terminal behind w; 0, no limit, when there is none.
func widthOf(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return 0
	}
	n, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 80
	}
	return n
}

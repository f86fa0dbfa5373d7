// Checks the log's proofs and notes with the packages that the Go project checks its own module log with.
//
//	main FILE   reads lines, prints how many of each kind it accepted; the first that it does not ends it.
//
// Lines: `leaf INDEX HASH`, `root SIZE HASH`, `inclusion SIZE INDEX HASH,…`, `consistency OLDER NEWER HASH,…` (hashes in
// base64; `-` for none), `note KEY BASE64`. At the end it writes a key and a note of its own.
package main

import (
	"bufio"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func fail(format string, arguments ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", arguments...)
	os.Exit(1)
}

func hash(text string) (hash tlog.Hash) {
	octets, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(octets) != len(hash) {
		fail("not a hash: %q", text)
	}
	copy(hash[:], octets)
	return hash
}

func hashes(text string) (list []tlog.Hash) {
	if text == "-" {
		return nil
	}
	for _, part := range strings.Split(text, ",") {
		list = append(list, hash(part))
	}
	return list
}

func number(text string) int64 {
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		fail("not a number: %q", text)
	}
	return value
}

// stored keeps the hashes as Go's own log lays them out.
type stored []tlog.Hash

func (s *stored) ReadHashes(indexes []int64) (list []tlog.Hash, err error) {
	for _, index := range indexes {
		list = append(list, (*s)[index])
	}
	return list, nil
}

func equal(a, b []tlog.Hash) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

func main() {
	file, err := os.Open(os.Args[1])
	if err != nil {
		fail("%v", err)
	}
	var log stored
	var leaves []tlog.Hash
	roots := map[int64]tlog.Hash{}
	counts := map[string]int{}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		switch words[0] {
		case "leaf":
			leaf := hash(words[2])
			more, err := tlog.StoredHashesForRecordHash(number(words[1]), leaf, &log)
			if err != nil {
				fail("%v", err)
			}
			log = append(log, more...)
			leaves = append(leaves, leaf)
		case "root":
			size := number(words[1])
			own, err := tlog.TreeHash(size, &log)
			if err != nil || size > 0 && own != hash(words[2]) {
				fail("root of %d: %v is not %v (%v)", size, words[2], own, err)
			}
			roots[size] = hash(words[2])
		case "inclusion":
			size, index, proof := number(words[1]), number(words[2]), hashes(words[3])
			if err := tlog.CheckRecord(proof, size, roots[size], index, leaves[index]); err != nil {
				fail("entry %d of %d: %v", index, size, err)
			}
			own, err := tlog.ProveRecord(size, index, &log)
			if err != nil || !equal(own, proof) {
				fail("entry %d of %d: another proof (%v)", index, size, err)
			}
		case "consistency":
			older, newer, proof := number(words[1]), number(words[2]), hashes(words[3])
			if err := tlog.CheckTree(proof, newer, roots[newer], older, roots[older]); err != nil {
				fail("from %d to %d: %v", older, newer, err)
			}
			own, err := tlog.ProveTree(newer, older, &log)
			if err != nil || !equal(own, proof) {
				fail("from %d to %d: another proof (%v)", older, newer, err)
			}
		case "note":
			verifier, err := note.NewVerifier(words[1])
			if err != nil {
				fail("key %s: %v", words[1], err)
			}
			text, err := base64.StdEncoding.DecodeString(words[2])
			if err != nil {
				fail("%v", err)
			}
			if _, err := note.Open(text, note.VerifierList(verifier)); err != nil {
				fail("note: %v", err)
			}
		default:
			fail("unknown line %q", words[0])
		}
		counts[words[0]]++
	}
	for _, kind := range []string{"leaf", "root", "inclusion", "consistency", "note"} {
		fmt.Println(kind, counts[kind])
	}
	secret, public, err := note.GenerateKey(rand.Reader, "go.example/log")
	if err != nil {
		fail("%v", err)
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		fail("%v", err)
	}
	size := int64(len(leaves))
	root := roots[size]
	made, err := note.Sign(&note.Note{Text: fmt.Sprintf("go.example/log\n%d\n%s\n", size, root)}, signer)
	if err != nil {
		fail("%v", err)
	}
	fmt.Println("key", public)
	fmt.Println("made", base64.StdEncoding.EncodeToString(made))
}

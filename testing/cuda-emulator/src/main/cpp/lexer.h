#pragma once

#include <string>

#include "ptx.h"

namespace emulator {

/** A word (mnemonic, directive, name), a number, a quoted string, one other character, or the end. */
struct Token {
    enum Kind { WORD, NUMBER, STRING, PUNCTUATION, END } kind = END;
    std::string text;
    unsigned line = 0;
};

/** Cuts PTX text into tokens, with one token of foresight. */
class Lexer {
  public:
    explicit Lexer(const std::string &text) : text(text) { advance(); }

    const Token &peek() const { return ahead; }
    Token next();

    /** Takes the token if it is this one. */
    bool accept(const std::string &wanted);
    void expect(const std::string &wanted);

    std::string word(const std::string &what);

    /** An unsigned number without a point. */
    uint64_t integer();

    [[noreturn]] void fail(const std::string &expected) const;

  private:
    void skipBlanks();
    void advance();

    const std::string &text;
    size_t position = 0;
    unsigned line = 1;
    Token ahead;
};

}  // namespace emulator

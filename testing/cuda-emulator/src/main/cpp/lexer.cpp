#include "lexer.h"

#include <cctype>
#include <cstdlib>
#include <cstring>

namespace emulator {
namespace {

bool isWordCharacter(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || (c && std::strchr("_$%.", c));
}

}  // namespace

Token Lexer::next() {
    Token token = ahead;
    advance();
    return token;
}

bool Lexer::accept(const std::string &wanted) {
    if (ahead.text != wanted) return false;
    advance();
    return true;
}

void Lexer::expect(const std::string &wanted) {
    if (!accept(wanted)) fail("'" + wanted + "'");
}

std::string Lexer::word(const std::string &what) {
    if (ahead.kind != Token::WORD) fail(what);
    return next().text;
}

uint64_t Lexer::integer() {
    char *end = nullptr;
    const uint64_t value = std::strtoull(ahead.text.c_str(), &end, 0);
    if (ahead.kind != Token::NUMBER || *end) fail("an integer");
    advance();
    return value;
}

void Lexer::fail(const std::string &expected) const {
    throw PtxError(ahead.line, "expected " + expected + ", found " +
                                   (ahead.kind == Token::END ? "the end" : "'" + ahead.text + "'"));
}

void Lexer::skipBlanks() {
    while (position < text.size()) {
        const bool lineComment = text.compare(position, 2, "//") == 0;
        const bool blockComment = text.compare(position, 2, "/*") == 0;
        if (!lineComment && !blockComment && !std::isspace(static_cast<unsigned char>(text[position]))) {
            return;
        }
        const size_t end = lineComment    ? text.find('\n', position)
                           : blockComment ? text.find("*/", position + 2)
                                          : position;
        const size_t after = end == std::string::npos ? text.size() : end + (blockComment ? 2 : 1);
        for (; position < after; position++) line += text[position] == '\n';
    }
}

void Lexer::advance() {
    skipBlanks();
    ahead = {Token::END, "", line};
    if (position == text.size()) return;
    const size_t start = position;
    const char first = text[position++];
    if (first == '"') {
        const size_t quote = text.find('"', position);
        if (quote == std::string::npos) throw PtxError(line, "a string without its end");
        position = quote + 1;
        ahead.kind = Token::STRING;
    } else if (isWordCharacter(first)) {
        while (position < text.size() && isWordCharacter(text[position])) position++;
        ahead.kind = std::isdigit(static_cast<unsigned char>(first)) ? Token::NUMBER : Token::WORD;
    } else {
        ahead.kind = Token::PUNCTUATION;
    }
    ahead.text = text.substr(start, position - start);
}

}  // namespace emulator
